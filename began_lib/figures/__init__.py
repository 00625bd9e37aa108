"""What is drawn: the style, figures, tables, and showing them in a notebook."""

from began_lib.machine.handing_on import handing_on

__getattr__, __dir__ = handing_on(
    __name__,
    {
        "display": "show_figure show_grid",
        "layers": "layer_table",
        "tables": "table",
        "plots": "use_style draw_grid training_figure grids_figure",
        "convergence": "pinned_figure",
    },
)
