"""Where on a machine the pictures lie stays there."""

import json

from began_lib import shipped
from began_lib.commands.model_card import model_card
from began_lib.data import Dataset
from began_lib.models import Architecture
from began_lib.shipped.ship import ship_run, without_paths
from began_lib.training.configuration import TrainingConfig
from began_lib.training.options import command_of
from began_lib.training.trainer import Trainer
from tests.training.test_trainer import blobs


def test_neither_folder_of_pictures_leaves_its_path_on_a_card(tmp_path):
    own = {"data": str(tmp_path / "mine"), "held_out": str(tmp_path / "mine" / "test"), "crop": "12x12"}
    shape = Architecture(size=16, filters=4, hidden=8, latent=8)
    config = TrainingConfig(architecture=shape, steps=1, batch_size=4, **own)
    dataset = Dataset("mine", blobs(8), blobs(2), {"name": "mine", "source": f"the folder {tmp_path / 'mine'}"})
    Trainer(config, dataset, tmp_path / "run", "cpu").train(progress=False)
    card = json.loads((ship_run(tmp_path / "run", "kept", folder=tmp_path) / "card.json").read_text())
    assert str(tmp_path) not in json.dumps(card)
    assert "--crop 12x12 --held-out test" in card["command"] and "--data mine" in card["command"]
    page = model_card(shipped.load(tmp_path / "run"))
    assert str(tmp_path) not in page and card["command"] in page and "- source: the folder mine" in page


def test_a_branch_s_run_leaves_no_path_and_a_folder_called_as_a_data_set_stays_a_folder(tmp_path):
    config = TrainingConfig(data=str(tmp_path / "faces"), branch=f"{tmp_path / 'first'}@3")
    metadata = {"config": config.as_json(), "card": {"name": "faces", "source": f"the folder {tmp_path / 'faces'}"}}
    bare = without_paths(metadata)
    assert str(tmp_path) not in json.dumps(bare) and bare["card"]["source"] == "the folder faces"
    command = command_of(TrainingConfig.from_json(bare["config"]))
    assert "--data ./faces " in command and command.endswith("--branch first@3")
    named = {"config": TrainingConfig(branch="runs/first@3").as_json(), "card": {"source": "drawn"}}
    assert without_paths(named) == named
