"""The named data sets: rendered faces, LFW (fake and, where present, real), and small fakes of those downloaded."""

import gzip
import hashlib
import pickle
import urllib.error
from pathlib import Path

import joblib
import numpy as np
import pytest
from PIL import Image

from began_lib.data import open_dataset, sources, to_uint8
from began_lib.data.packing import open_packed
from began_lib.data.sources import FACES_HELD_OUT_START, lfw_source


@pytest.fixture(autouse=True)
def data(monkeypatch, tmp_path) -> Path:
    monkeypatch.setenv("BEGAN_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("BEGAN_LFW_HOME", raising=False)
    return tmp_path / "data"


# --- arguments


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"name_or_path": "celebA"},
            "'celebA' is neither a data set .faces, lfw, celeba, cifar10, mnist, .*olivetti. nor a folder; .*celeba",
        ),
        (
            {"name_or_path": "qqq"},
            "'qqq' is neither a data set .faces, lfw, celeba, cifar10, mnist, fashion, olivetti. nor a folder$",
        ),
        ({"name_or_path": ""}, "'' is neither a data set"),
        ({"size": 0}, "size must be a whole number of pixels, 1 or more; found 0"),
        ({"size": 32.5}, r"size must be a whole number of pixels, 1 or more; found 32\.5"),
        ({"channels": 4}, "channels must be 3 .colour. or 1 .grey., found 4"),
        ({"limit": 0}, "limit must be a whole number, 1 or more, or None for all pictures; found 0"),
        ({"held_out_fraction": 1.0}, r"held_out_fraction must be in \[0, 1\), found 1\.0"),
        ({"seed": -1}, "seed must be 0 or more, found -1"),
        ({"name_or_path": "cifar10", "held_out_fraction": 0.2}, "cifar10 comes with its own held-out part"),
        ({"name_or_path": "celeba", "held_out_fraction": 0.2}, "celeba comes with its own held-out part"),
        ({"name_or_path": "mnist", "held_out_fraction": 0.2}, "mnist comes with its own held-out part"),
        ({"name_or_path": "celeba", "crop": "10x10"}, "celeba has its own crop; one can be given for folders"),
        ({"name_or_path": "lfw", "held_out": "faces"}, "lfw has its own held-out part; one can be given for folders"),
    ],
)
def test_bad_arguments_give_one_clear_error(arguments, message):
    with pytest.raises(ValueError, match=message):
        open_dataset(**({"name_or_path": "faces"} | arguments))


# --- faces


def test_faces_come_with_their_factors():
    from began_lib import faces

    dataset = open_dataset("faces", size=16, limit=30, seed=5)
    assert dataset.train.shape == (30, 3, 16, 16) and dataset.held_out.shape == (3, 3, 16, 16)
    factors, images = faces.sample(30, seed=5, size=16)
    assert np.array_equal(dataset.factors, factors.as_array())
    assert np.array_equal(dataset.train, to_uint8(images).numpy())
    factors, images = faces.sample(3, seed=5, size=16, start=FACES_HELD_OUT_START)
    assert np.array_equal(dataset.held_out_factors, factors.as_array())
    assert np.array_equal(dataset.held_out, to_uint8(images).numpy())
    assert dataset.card["licence"] == "MIT, made here"
    assert dataset.factors.dtype == np.float32


def test_grey_faces_are_the_luma_of_the_coloured_ones():
    colour, grey = (open_dataset("faces", size=16, limit=4, channels=channels).train for channels in (3, 1))
    expected = [np.asarray(Image.fromarray(image.transpose(1, 2, 0)).convert("L")) for image in colour]
    # Pillow computes the luma with integers; float32 may round the other way.
    assert abs(grey[:, 0].astype(int) - np.array(expected).astype(int)).max() <= 1


def test_an_improved_renderer_does_not_reuse_old_faces(monkeypatch, tmp_path):
    import began_lib.faces

    before = sources.faces_source(16, 3, 4, None, 0).stem
    assert before == sources.faces_source(16, 3, 4, None, 0).stem
    assert before != sources.faces_source(16, 3, 4, None, 1).stem
    monkeypatch.setattr(began_lib.faces, "__file__", str(tmp_path / "__init__.py"))

    def stem(code: str) -> str:
        (tmp_path / "render.py").write_text(code)
        return sources.faces_source(16, 3, 4, None, 0).stem

    assert before != stem("def draw():\n    return 1") != stem("def draw():\n    return 2")
    # What is only written otherwise draws the same.
    assert stem("def draw():\n    return 1") == stem('def draw():\n    """Text."""\n    return (1)  # a comment')


# --- LFW


def fake_lfw(home: Path, people: int = 30) -> Path:
    """A copy of LFW's layout: person p has 1 to 6 pictures whose face is of grey level p, within a white frame."""
    folder = home / "lfw_home" / "lfw_funneled"
    for person in range(people):
        name = f"Person_{person:02}"
        (folder / name).mkdir(parents=True)
        for picture in range(1, 2 + person % 6):
            image = Image.new("L", (250, 250), 255)
            image.paste(5 * person + 10, (61, 61, 189, 189))
            image.convert("RGB").save(folder / name / f"{name}_{picture:04}.jpg", quality=95)
    return folder


def people_of(images: np.ndarray) -> set[int]:
    # JPEG of a flat grey at quality 95 is off by less than the five levels between two people.
    return {round((float(image.mean()) - 10) / 5) for image in images}


def test_lfw_crops_the_face_and_splits_by_person(tmp_path, monkeypatch):
    folder = fake_lfw(tmp_path)
    monkeypatch.setenv("BEGAN_LFW_HOME", str(tmp_path))
    dataset = open_dataset("lfw", 32, held_out_fraction=0.3)
    count = len(list(folder.glob("*/*.jpg")))
    assert len(dataset.train) + len(dataset.held_out) == count == 105
    assert dataset.held_out.max() < 200 and dataset.train.max() < 200  # nothing of the white frame
    train, held_out = people_of(dataset.train), people_of(dataset.held_out)
    assert not train & held_out
    assert train | held_out == set(range(30))
    # Whole people fill up the held-out part without passing the fraction; nobody has more than six pictures.
    assert 0.3 * count - 6 < len(dataset.held_out) <= round(0.3 * count)
    assert "nobody is in both parts" in open_dataset("lfw", 32, held_out_fraction=0.3).report()


def test_lfw_split_follows_the_seed_alone(tmp_path, monkeypatch):
    fake_lfw(tmp_path)
    monkeypatch.setenv("BEGAN_LFW_HOME", str(tmp_path))
    held_out = [people_of(open_dataset("lfw", size, seed=seed).held_out) for size, seed in ((16, 0), (32, 0), (32, 1))]
    assert held_out[0] == held_out[1] != held_out[2]


def test_a_limited_lfw_keeps_many_people(tmp_path, monkeypatch):
    fake_lfw(tmp_path)
    monkeypatch.setenv("BEGAN_LFW_HOME", str(tmp_path))
    dataset = open_dataset("lfw", 16, limit=20)
    assert (len(dataset.train), len(dataset.held_out)) == (20, 2)
    # In the order of people, 20 pictures would be of about 20 / 3.5 = 6 of them.
    assert len(people_of(dataset.train)) > 10
    assert not people_of(dataset.train) & people_of(dataset.held_out)


def test_lfw_reports_a_truncated_photograph(tmp_path, monkeypatch):
    path = fake_lfw(tmp_path) / "Person_03" / "Person_03_0002.jpg"
    path.write_bytes(path.read_bytes()[:500])
    monkeypatch.setenv("BEGAN_LFW_HOME", str(tmp_path / "lfw_home"))
    dataset = open_dataset("lfw", 32)
    assert [entry.path for entry in dataset.skipped] == ["Person_03/Person_03_0002.jpg"]
    assert len(dataset.train) + len(dataset.held_out) == 104


def test_lfw_home_that_is_not_one(tmp_path, monkeypatch):
    monkeypatch.setenv("BEGAN_LFW_HOME", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*lfw_funneled; give the folder that holds"):
        open_dataset("lfw")


def test_lfw_is_downloaded_by_scikit_learn_without_its_cache(data, monkeypatch):
    import sklearn.datasets

    calls = []

    def fetch(**arguments: object) -> None:
        calls.append(arguments)
        fake_lfw(Path(arguments["data_home"]))

    monkeypatch.setattr(sklearn.datasets, "fetch_lfw_people", fetch)
    assert len(open_dataset("lfw", 16).train) > 80
    open_dataset("lfw", 32)
    assert calls == [{"data_home": data, "slice_": (slice(0, 1), slice(0, 1)), "resize": None}]


def test_lfw_without_network_is_one_clear_error(monkeypatch):
    import sklearn.datasets

    def fetch(**arguments: object) -> None:
        raise urllib.error.URLError("Name or service not known")

    monkeypatch.setattr(sklearn.datasets, "fetch_lfw_people", fetch)
    with pytest.raises(
        OSError, match=r"could not get LFW .*Name or service.*put lfw-funneled\.tgz.*lfw_home, or set BEGAN_LFW_HOME"
    ):
        open_dataset("lfw")


def test_lfw_unpacked_half_way(data):
    fake_lfw(data)
    (data / "lfw_home" / "lfw-funneled.tgz").touch()
    with pytest.raises(OSError, match=r"unpacking LFW was interrupted: delete .*lfw_funneled and try again"):
        open_dataset("lfw")


def test_scikit_learn_really_reads_one_pixel_of_each(data):
    from sklearn.datasets import fetch_lfw_people

    fake_lfw(data)
    for name in ("pairs.txt", "pairsDevTrain.txt", "pairsDevTest.txt"):
        (data / "lfw_home" / name).touch()
    people = fetch_lfw_people(data_home=data, slice_=(slice(0, 1), slice(0, 1)), resize=None)
    assert people.images.shape == (105, 1, 1)
    cached = sum(path.stat().st_size for path in (data / "lfw_home" / "joblib").rglob("*") if path.is_file())
    assert cached < 100_000


@pytest.fixture
def real_lfw(photographs, monkeypatch) -> Path:
    folder = photographs / "lfw_home" / "lfw_funneled"
    if not folder.is_dir():
        pytest.skip(f"needs LFW: no folder {folder}")
    monkeypatch.setenv("BEGAN_LFW_HOME", str(photographs))
    return folder


def test_real_lfw_is_whole_and_no_person_is_in_both_parts(real_lfw):
    plan = lfw_source(32, 3, None, None, 0).plan()
    train, held_out = ({path.parent.name for path in part} for part in (plan.train, plan.held_out))
    assert not train & held_out
    assert len(plan.train) + len(plan.held_out) == len(set(plan.train) | set(plan.held_out))
    count = len(list(real_lfw.glob("*/*.jpg")))
    assert len(plan.train) + len(plan.held_out) == count
    if count == 12_625:  # the copy the project is developed with; a full LFW has 13,233
        assert len(plan.held_out) == 1262


def test_real_lfw_faces_are_the_means_of_their_blocks(real_lfw):
    source = lfw_source(32, 3, 200, None, 0)
    packed, plan = open_packed(source), source.plan()
    assert len(packed.arrays["train"]) == 200 and len(packed.arrays["held_out"]) == 20
    assert packed.skipped == ()
    for path, image in list(zip(plan.train, packed.arrays["train"], strict=True))[:20]:
        face = np.asarray(Image.open(path))[61:189, 61:189].astype(np.float64)
        blocks = face.reshape(32, 4, 32, 4, 3).mean(axis=(1, 3))
        # Pillow resizes rows and columns one after the other and rounds to 8 bits in between: half a level each.
        assert abs(image.transpose(1, 2, 0) - blocks).max() <= 1


# --- CelebA and CIFAR-10, as small fakes in the layout torchvision expects


def fake_celeba(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve aligned pictures, eight to train on, two to validate, two to test; level 10 * number inside the crop."""
    from torchvision.datasets import CelebA

    folder = root / "celeba" / "img_align_celeba"
    folder.mkdir(parents=True)
    names = [f"{number:06}.jpg" for number in range(1, 13)]
    for number, name in enumerate(names, start=1):
        image = Image.new("RGB", (178, 218), "white")
        image.paste((10 * number,) * 3, (25, 50, 153, 178))
        image.save(folder / name, quality=95)
    tables = {
        "list_eval_partition.txt": [f"{name} {0 if i < 8 else 1 if i < 10 else 2}" for i, name in enumerate(names)],
        "identity_CelebA.txt": [f"{name} {i}" for i, name in enumerate(names)],
        "list_bbox_celeba.txt": ["12", "image_id x_1 y_1 width height", *(f"{name} 0 0 1 1" for name in names)],
        "list_landmarks_align_celeba.txt": ["12", "lefteye_x lefteye_y", *(f"{name} 69 109" for name in names)],
        "list_attr_celeba.txt": ["12", "Eyeglasses Smiling", *(f"{name} -1 1" for name in names)],
    }
    for name, lines in tables.items():
        (root / "celeba" / name).write_text("\n".join(lines) + "\n")
    hashes = {name: hashlib.md5((root / "celeba" / name).read_bytes()).hexdigest() for name in tables}
    monkeypatch.setattr(CelebA, "file_list", [("", md5, name) for name, md5 in hashes.items()])


def test_celeba_takes_the_crop_and_the_parts(data, monkeypatch):
    fake_celeba(data, monkeypatch)
    dataset = open_dataset("celeba", 64)
    assert dataset.train.shape == (8, 3, 64, 64) and dataset.held_out.shape == (2, 3, 64, 64)
    # The 128 rows and columns of the crop and nothing of the white around them, in the order of the files. At the
    # edge of the crop JPEG blocks ring into the face, so the edge is left out and the rest is off by a level or two.
    levels = dataset.train[:, :, 6:-6, 6:-6].astype(int)
    assert abs(levels - 10 * np.arange(1, 9).reshape(8, 1, 1, 1)).max() <= 2
    assert abs(dataset.held_out.mean(axis=(1, 2, 3)) - [110, 120]).max() < 3
    assert len(open_dataset("celeba", 64, limit=5).train) == 5


def test_a_celeba_that_was_not_unpacked_whole_is_refused(data, monkeypatch):
    fake_celeba(data, monkeypatch)
    next((data / "celeba" / "img_align_celeba").glob("*1.jpg")).unlink()
    with pytest.raises(
        OSError, match=r"lacks 1 of CelebA's pictures, .*1\.jpg among them: its unpacking was broken off"
    ):
        open_dataset("celeba", 64)


def test_celeba_without_network_says_what_to_do(monkeypatch):
    from torchvision.datasets import CelebA

    def refuse(self: CelebA) -> None:
        raise RuntimeError("Too many users have viewed or downloaded this file recently")

    monkeypatch.setattr(CelebA, "download", refuse)
    with pytest.raises(
        OSError, match=r"could not get CelebA \(.*Too many users .*list_eval_partition\.txt and.*pip install gdown"
    ):
        open_dataset("celeba")


def fake_cifar10(root: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, np.ndarray]:
    """Two training batches of five pictures and a test batch of four; the pictures (N, 3, 32, 32) of each part."""
    from torchvision.datasets import CIFAR10

    folder = root / CIFAR10.base_folder
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    written: dict[str, np.ndarray] = {}
    hashes: dict[str, str] = {}
    for name, count in (("data_batch_1", 5), ("data_batch_2", 5), ("test_batch", 4)):
        written[name] = rng.integers(0, 256, (count, 3, 32, 32), dtype=np.uint8)
        entry = {"data": written[name].reshape(count, -1), "labels": [0] * count}
        hashes[name] = write_pickle(folder / name, entry)
    meta = write_pickle(folder / "batches.meta", {"label_names": ["airplane"]})
    monkeypatch.setattr(CIFAR10, "train_list", [[name, hashes[name]] for name in ("data_batch_1", "data_batch_2")])
    monkeypatch.setattr(CIFAR10, "test_list", [["test_batch", hashes["test_batch"]]])
    monkeypatch.setattr(CIFAR10, "meta", {"filename": "batches.meta", "key": "label_names", "md5": meta})
    train = np.concatenate([written["data_batch_1"], written["data_batch_2"]])
    return {"train": train, "held_out": written["test_batch"]}


def write_pickle(path: Path, value: object) -> str:
    # The format CIFAR-10 is published in.
    content = pickle.dumps(value)
    path.write_bytes(content)
    return hashlib.md5(content).hexdigest()


def test_cifar10_comes_unchanged_at_its_own_size(data, monkeypatch):
    pictures = fake_cifar10(data, monkeypatch)
    dataset = open_dataset("cifar10", 32)
    assert np.array_equal(dataset.train, pictures["train"])
    assert np.array_equal(dataset.held_out, pictures["held_out"])
    assert dataset.factors is None and dataset.held_out_factors is None


def test_cifar10_at_other_sizes_and_in_grey(data, monkeypatch):
    pictures = fake_cifar10(data, monkeypatch)
    half = open_dataset("cifar10", 16).train
    blocks = pictures["train"].reshape(10, 3, 16, 2, 16, 2).mean(axis=(3, 5))
    assert abs(half - blocks).max() <= 1  # Pillow rounds to 8 bits between rows and columns
    assert open_dataset("cifar10", 64, channels=1).train.shape == (10, 1, 64, 64)
    assert "resized to 64x64" in open_dataset("cifar10", 64).card["crop"]
    assert (len(open_dataset("cifar10", limit=4).train), len(open_dataset("cifar10", limit=4).held_out)) == (4, 1)


def test_cifar10_without_network_is_one_clear_error(monkeypatch):
    from torchvision.datasets import cifar

    def refuse(*args: object, **options: object) -> None:
        raise urllib.error.URLError("Name or service not known")

    monkeypatch.setattr(cifar, "download_and_extract_archive", refuse)
    with pytest.raises(
        OSError, match=r"could not get CIFAR-10 .*not known.*check the network.*put cifar-10-python\.tar\.gz into"
    ):
        open_dataset("cifar10")


# --- MNIST, Fashion-MNIST and Olivetti, in the formats of their authors


def idx(array: np.ndarray) -> bytes:
    """An array of bytes in the format of MNIST's files: magic number, sizes, content, gzipped."""
    header = (0x800 + array.ndim).to_bytes(4, "big") + b"".join(n.to_bytes(4, "big") for n in array.shape)
    return gzip.compress(header + array.tobytes())


def fake_idx(root: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, np.ndarray]:
    """Twelve training and five test pictures where a reader would put the files by hand; returns them by part."""
    from torchvision import datasets

    rng = np.random.default_rng(1)
    pictures = {
        "train": rng.integers(0, 256, (12, 28, 28), np.uint8),
        "t10k": rng.integers(0, 256, (5, 28, 28), np.uint8),
    }
    folder, resources = root / kind / "raw", []
    folder.mkdir(parents=True)
    for part, images in pictures.items():
        for name, array in (("images-idx3", images), ("labels-idx1", np.zeros(len(images), np.uint8))):
            content = idx(array)
            (folder / f"{part}-{name}-ubyte.gz").write_bytes(content)
            resources.append((f"{part}-{name}-ubyte.gz", hashlib.md5(content).hexdigest()))
    monkeypatch.setattr(getattr(datasets, kind), "resources", resources)
    return pictures


@pytest.mark.parametrize(("name", "kind"), [("mnist", "MNIST"), ("fashion", "FashionMNIST")])
def test_grey_sets_come_unchanged_within_two_black_pixels(data, monkeypatch, name, kind):
    pictures = fake_idx(data, kind, monkeypatch)
    dataset = open_dataset(name, 32, channels=1)
    assert dataset.train.shape == (12, 1, 32, 32) and dataset.held_out.shape == (5, 1, 32, 32)
    assert np.array_equal(dataset.train[:, 0, 2:30, 2:30], pictures["train"])
    assert np.array_equal(dataset.held_out[:, 0, 2:30, 2:30], pictures["t10k"])
    assert dataset.train[:, :, :2].max() == dataset.train[:, :, :, 30:].max() == 0
    coloured = open_dataset(name, 16, limit=10)
    assert coloured.train.shape == (10, 3, 16, 16) and len(coloured.held_out) == 1
    blocks = np.pad(pictures["train"][:10], ((0, 0), (2, 2), (2, 2))).reshape(10, 16, 2, 16, 2).mean(axis=(2, 4))
    assert abs(coloured.train - blocks[:, None]).max() <= 1  # Pillow rounds to 8 bits between rows and columns
    assert "--grey" in coloured.report()


def test_a_file_of_mnist_that_was_cut_short_is_said(data, monkeypatch):
    fake_idx(data, "MNIST", monkeypatch)
    open_dataset("mnist", 16, limit=3)  # unpacks
    path = data / "MNIST" / "raw" / "train-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(OSError, match=r"could not get MNIST .*raw; if a file there is cut short, delete it$"):
        open_dataset("mnist", 32)
    path.unlink()
    assert len(open_dataset("mnist", 32).train) == 12  # unpacked again, from the .gz whose hash is known


def test_mnist_without_network_names_the_files_and_the_place(data, monkeypatch):
    from torchvision.datasets import mnist

    def refuse(*args: object, **options: object) -> None:
        raise urllib.error.URLError("Name or service not known")

    monkeypatch.setattr(mnist, "download_and_extract_archive", refuse)
    with pytest.raises(
        OSError, match=r"could not get FashionMNIST .*train-images-idx3-ubyte\.gz, .*FashionMNIST.raw"
    ) as error:
        open_dataset("fashion")
    assert "\n" not in str(error.value)


def fake_olivetti(root: Path) -> np.ndarray:
    """The file that scikit-learn keeps: person p has level 6 p in the middle, picture i level i at the left."""
    root.mkdir(parents=True)
    faces = np.zeros((40, 10, 64, 64), np.uint8)
    faces[:, :, 16:48, 16:48] = 6 * np.arange(40, dtype=np.uint8).reshape(40, 1, 1, 1)
    faces[:, :, :, :8] = np.arange(10, dtype=np.uint8).reshape(1, 10, 1, 1)
    faces[:, :, 0, 63] = 255  # scikit-learn stretches the whole set to [0, 1]
    joblib.dump(faces.transpose(0, 1, 3, 2).reshape(400, -1).astype(np.float64), root / "olivetti_py3.pkz")
    return faces


def test_olivetti_is_held_out_by_person(data):
    faces = fake_olivetti(data)
    dataset = open_dataset("olivetti", 64, channels=1)
    people, apart = (set((part[:, 0, 32, 32] // 6).tolist()) for part in (dataset.train, dataset.held_out))
    assert dataset.train.shape == (360, 1, 64, 64) and len(apart) == 4 and not people & apart
    for image in dataset.train[:50, 0]:
        assert np.array_equal(image, faces[image[32, 32] // 6, image[32, 0]])
    assert len(set((open_dataset("olivetti", 16, limit=36).train[:, 0, 8, 8] // 6).tolist())) == 36  # of many people
    other = open_dataset("olivetti", 64, channels=1, seed=1).held_out
    assert set((other[:, 0, 32, 32] // 6).tolist()) != apart


def test_olivetti_without_network_names_the_file(monkeypatch):
    import sklearn.datasets

    def fetch(**arguments: object) -> None:
        raise urllib.error.HTTPError("https://ndownloader", 503, "Service Unavailable", None, None)

    monkeypatch.setattr(sklearn.datasets, "fetch_olivetti_faces", fetch)
    with pytest.raises(OSError, match=r"could not get Olivetti .*503.*put olivettifaces\.mat into"):
        open_dataset("olivetti")
