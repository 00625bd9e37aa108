"""The command line: `python -m began_lib train --data lfw --size 64 --gamma 0.5`, and its sisters."""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from began_lib.models import Architecture
from began_lib.training.configuration import TrainingConfig
from began_lib.training.options import build_parser, command_of, config_of, options_given

if TYPE_CHECKING:
    from began_lib.training.parallel import Ranks


def run_train(arguments: argparse.Namespace) -> None:
    """`train`: open the data, build or resume the trainer, train; in each of the processes that torchrun started."""
    import torch

    from began_lib.training.parallel import joined

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    with joined(arguments.device) as ranks:  # refuses a wrong device before minutes of packing
        _train(arguments, ranks)


def _train(arguments: argparse.Namespace, ranks: Ranks) -> None:
    from began_lib.data import open_dataset
    from began_lib.machine.storage import read_json
    from began_lib.training.trainer import Trainer

    def say(line: str, file: TextIO | None = None) -> None:
        if ranks.first:
            print(line, file=file)

    if arguments.resume and arguments.out and arguments.data is None:
        if settled := options_given(arguments):
            raise ValueError(
                f"--resume goes on with the run in {arguments.out} as it was begun: expected no {', '.join(settled)}. "
                f"To go on otherwise, branch it: --branch {arguments.out}@STEP, and another --out."
            )
        config = TrainingConfig.from_json(read_json(arguments.out / "config.json"))
        if arguments.steps is not None:
            config = TrainingConfig.from_json({**config.as_json(), "steps": arguments.steps})
    else:
        config = config_of(arguments)
    a = config.architecture
    ranks.share(config.batch_size)  # refuses a batch that cannot be shared before minutes of packing
    folder = arguments.out or Path("runs") / f"{Path(config.data).name}-{a.size}"
    if not arguments.resume and (folder / "checkpoints").exists():
        raise ValueError(f"{folder} holds a run already: give --resume to go on with it, or another --out.")
    with ranks.first_alone("data"):
        dataset = open_dataset(config.data, size=a.size, channels=a.channels, limit=config.limit)
    say(dataset.report())
    trainer = Trainer(
        config,
        dataset,
        folder,
        arguments.device,
        checkpoint_every=arguments.checkpoint_every,
        sample_every=arguments.sample_every,
        keep=arguments.keep,
        recompute=arguments.recompute,
        ranks=ranks,
    )
    if arguments.resume:
        for line in trainer.resume():
            say(line, sys.stderr)
        say(f"resumed {folder} at step {trainer.steps_done}")
    history = trainer.train()
    tail = min(1000, len(history))
    say(f"{len(history)} steps in {folder}; means of the last {tail}:")
    for name in ("loss_real", "loss_fake", "k", "m_global"):
        say(f"  {name:10s} {history.tail_mean(name, tail):.4f}")


def run_data(arguments: argparse.Namespace) -> None:
    """`data`: pack if needed, then describe."""
    from began_lib.data import open_dataset

    print(open_dataset(arguments.data, size=arguments.size).report())


def run_models(arguments: argparse.Namespace) -> None:
    """`models`: the two tables of layers."""
    from began_lib.figures.layers import FORMATS, layer_table
    from began_lib.figures.tables import table
    from began_lib.models import Discriminator, Generator

    shape = Architecture(
        size=arguments.size, filters=arguments.filters, hidden=arguments.hidden, latent=arguments.hidden
    )
    for network in (Generator(shape), Discriminator(shape)):
        print(f"{type(network).__name__}\n{table(layer_table(network), FORMATS).to_string()}\n")


def run_bench(arguments: argparse.Namespace) -> None:
    """`bench`: ratios within one run, or how long what a reader waits for takes."""
    from began_lib.machine.storage import write_json
    from began_lib.shipped.model import FOLDER
    from tools.bench import processes, profile, reader, steps

    drawable = False
    if arguments.faces:
        result = steps.run_faces(arguments.device, arguments.seconds)
    elif arguments.reader:
        result = reader.run_reader(arguments.seconds, FOLDER.parent.parent if arguments.notebooks else None)
    elif arguments.until_faces:
        result = reader.run_until_faces(arguments.until_faces, minutes=min(arguments.minutes, 10))
    elif arguments.upsampling:
        result = reader.run_upsampling(arguments.device, arguments.seconds)
    else:
        compared = (*(["each"] if arguments.each else ["usual"]), *(["saving"] if arguments.saving else []))
        shapes = itertools.product(arguments.sizes, arguments.filters, arguments.batch_size)
        cases = steps.PROGRAMME if arguments.programme else [steps.Case(*shape, compared) for shape in shapes]
        if arguments.profile:
            result = profile.run_profile(arguments.device, cases[0])
        elif arguments.processes:
            result = processes.run_processes(arguments.device, arguments.seconds, cases, arguments.processes)
        else:
            keep = partial(write_json, arguments.json) if arguments.json else lambda result: None
            result = steps.run(arguments.device, arguments.seconds, cases, arguments.minutes, keep)
            drawable = True
    if arguments.json:
        write_json(arguments.json, result)
    if arguments.plot and drawable:
        steps.draw(result, arguments.plot)


def run_ship(arguments: argparse.Namespace) -> None:
    """`ship`: keep checkpoints of a run as a shipped model, with the command that made it on its card."""
    from began_lib.shipped.ship import export

    print(export(arguments.run, arguments.name, command_of, arguments.snapshots))


def run_factors(arguments: argparse.Namespace) -> None:
    """`factors`: train the classifier, write it with its card, and print how well it reads each factor."""
    from began_lib.scores.factor_classifier import NAME
    from began_lib.shipped.model import FOLDER
    from tools.factor_training import export

    folder = arguments.out or FOLDER / NAME
    card = export(folder, arguments.faces, arguments.epochs)
    print(f"{folder}: share of {card['data']['held_out']} held-out faces whose class is named right")
    print("".join(f"{title:>28s}" for title in ("", "guessing", *card["accuracy"])))
    views = list(card["accuracy"].values())
    for name, row in views[0].items():
        cells = (row["guessing"], *(view[name]["accuracy"] for view in views))
        print(f"{name:>28s}" + "".join(f"{cell:28.1%}" for cell in cells))


def run_results(arguments: argparse.Namespace) -> None:
    """`results`: measure, then write the page."""
    from began_lib.shipped.model import FOLDER
    from tools.results import page

    root = FOLDER.parent.parent
    if not arguments.page:
        page.measure(root, arguments.only, arguments.cifar10)
    print(page.write(root))


def run_recipe(arguments: argparse.Namespace) -> None:
    """`recipe`: train what is not trained yet, a line each."""
    import torch

    from began_lib.shipped.model import FOLDER
    from tools.results import page, recipe

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    for name, found in recipe.run(FOLDER.parent.parent / page.RECIPE):
        print(f"{name}: " + ", ".join(f"{title} {form(found)}" for title, form in recipe.columns().items()))


def run_score(arguments: argparse.Namespace) -> None:
    """`score`: print the table, and write it as JSON where asked."""
    import torch

    from began_lib import shipped
    from began_lib.machine.precision import choose_device
    from began_lib.machine.storage import write_json
    from began_lib.scores import networks, table

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    model = shipped.load(arguments.model)
    network = networks.load(arguments.network, arguments.weights, choose_device(arguments.device))
    data = arguments.data or model.config.data
    table = table.score_model(model, data, network, arguments.samples, arguments.seed, arguments.rebuilt)
    print(table)
    if arguments.json:
        write_json(arguments.json, table.as_json())


COMMANDS = {
    "train": run_train,
    "ship": run_ship,
    "data": run_data,
    "models": run_models,
    "factors": run_factors,
    "bench": run_bench,
    "score": run_score,
    "results": run_results,
    "recipe": run_recipe,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status: 0; 2 after errors of the user's making; 3 for a diverged run; 4 where
    another process of the run is gone. All but 0 with one line on stderr.
    """
    import torch

    from began_lib.training.parallel import LOST, RankLost
    from began_lib.training.trainer import Diverged

    arguments = build_parser().parse_args(argv)
    try:
        COMMANDS[arguments.command](arguments)
    except Diverged as error:
        print(f"began_lib: {error}", file=sys.stderr)
        return 3
    except RankLost as error:
        print(f"began_lib: {error}", file=sys.stderr)
        return LOST
    except torch.OutOfMemoryError as error:
        what = str(error).splitlines()[0]
        print(f"began_lib: {what} Give a smaller --batch-size, or train with --recompute.", file=sys.stderr)
        return 2
    except (ValueError, OSError) as error:
        print(f"began_lib: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
