"""One run on several processes: `torchrun --nproc-per-node N -m began_lib train ...`, gloo on CPUs, NCCL on CUDA.

Every rank holds both networks and Adam, and trains on its slice of the global batch. z is drawn for the global batch,
from the run's one stream, on every rank. The gradients of both networks and the two batch losses are averaged in one
all-reduce per step, before Adam and the controller: weights, moments, k and history are the same numbers everywhere,
and to rounding those of one process with the same global batch. Rank 0 evaluates, draws and writes the files.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from began_lib.machine.interruption import ending_signals
from began_lib.machine.precision import choose_device
from began_lib.step import Began

VARIABLES = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")  # what torchrun tells each process
TIMEOUT = timedelta(minutes=10)  # a rank that keeps the others waiting longer is taken for lost
PACKING_TIMEOUT = timedelta(hours=12)  # rank 0 may have a large data set to download and pack
CUDA_AHEAD = 4  # steps that may wait on the device while the host asks whether to stop
GRACE = 20.0  # seconds from a signal to stop until a step that does not end is given up; torchrun kills after 30
LOST = 4  # exit status of a process that lost another one


class RankLost(RuntimeError):
    """Another process of the run has ended, hangs or never came; the message says what is left and how to go on."""


class Ranks:
    """The processes of one run, and which of them this is. `Ranks()` is a process on its own, and costs nothing.

    Args:
        rank: this process, 0 to size - 1.
        size: number of processes.
        store: what all processes can write into and read, from `torch.distributed.rendezvous`.
        timeout: how long to wait for the others.
    """

    def __init__(
        self, rank: int = 0, size: int = 1, store: dist.Store | None = None, timeout: timedelta = TIMEOUT
    ) -> None:
        self.rank, self.size, self._timeout = rank, size, timeout
        self._store = None if store is None else dist.PrefixStore("began", store)
        self.device: torch.device | None = None  # where this process trains, once it has joined
        self.stop_wanted = False  # by this process, told to the others in the next step
        self._stops: deque[Tensor] = deque(maxlen=CUDA_AHEAD + 1)  # how many wanted it in each of the last steps

    @property
    def first(self) -> bool:
        """Whether this process evaluates, prints and writes files."""
        return self.rank == 0

    @classmethod
    def found(cls, timeout: timedelta = TIMEOUT) -> Ranks:
        """The processes that torchrun started, or this one alone; they share a store from here on.

        Args:
            timeout: how long to wait for the others, here and in every step.

        Raises:
            ValueError: the environment is not torchrun's.
            RankLost: the store cannot be reached.
        """
        present = [name for name in VARIABLES if name in os.environ]
        if "RANK" not in present and "WORLD_SIZE" not in present:
            return cls()
        if missing := [name for name in VARIABLES if name not in present]:
            raise ValueError(
                f"{' and '.join(present)} are set, {', '.join(missing)} not: expected all that torchrun sets. Start "
                "with `torchrun --nproc-per-node N -m began_lib train ...`, or unset them to train in one process."
            )
        rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
        if size == 1:
            return cls()
        with _hearing_from_all(_not_met(rank, size, timeout)):
            store, _, _ = next(dist.rendezvous("env://", timeout=timeout))
        return cls(rank, size, store, timeout)

    def join(self, device_name: str = "auto") -> None:
        """Choose this process's device and meet the others.

        Args:
            device_name: auto, cpu, cuda; of several processes each takes the CUDA device of its number on its
                machine. cuda:N for a process on its own.

        Raises:
            ValueError: there is no such device, or there are more processes than CUDA devices.
            RankLost: the others did not come in time.
        """
        if self.size == 1:
            self.device = choose_device(device_name)
            return
        self.device = _device_of(device_name, int(os.environ["LOCAL_RANK"]))
        backend = "gloo"
        if self.device.type == "cuda":
            torch.cuda.set_device(self.device)
            backend = "nccl"
        with _hearing_from_all(_not_met(self.rank, self.size, self._timeout)):
            dist.init_process_group(
                backend, store=self._store, rank=self.rank, world_size=self.size, timeout=self._timeout
            )

    def leave(self) -> None:
        """Part from the others, at the end of a run that went well."""
        if self.size > 1:
            dist.destroy_process_group()

    # -- what a step needs --------------------------------------------------------------------------------------------

    def share(self, batch_size: int) -> int:
        """This process's part of a global batch.

        Raises:
            ValueError: the batch cannot be divided equally.
        """
        if batch_size % self.size:
            raise ValueError(
                f"batch_size is {batch_size}, which {self.size} processes cannot share equally: expected a multiple "
                f"of {self.size}. It is the batch of all processes together."
            )
        return batch_size // self.size

    def own(self, rows: Tensor) -> Tensor:
        """This process's rows of a tensor for the global batch, (N, ...) -> (N / size, ...)."""
        return rows.chunk(self.size)[self.rank]

    def average(self, parameters: Sequence[Tensor], losses: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """Replace the gradients of all parameters by their means over the processes, in one all-reduce.

        Batches are equal in size, so that means of means are the means over the global batch.

        Args:
            parameters: all with a `.grad`, in the same order in every process.
            losses: L(x) and L(G(z)), means over this process's part of the batch.

        Returns:
            The two losses, means over the global batch.

        Raises:
            RankLost: another process has ended, or did not come within the timeout.
        """
        total, like = sum(p.numel() for p in parameters), parameters[0]
        flat = torch.empty(total + 3, device=like.device, dtype=like.dtype)
        means, start = [], 0
        for parameter in parameters:
            # In the parameter's memory layout, which fused Adam walks in step with its own.
            means.append(torch.as_strided(flat, parameter.shape, parameter.stride(), start))
            start += parameter.numel()
        torch._foreach_copy_(means, [parameter.grad for parameter in parameters])
        flat[start].copy_(losses[0])
        flat[start + 1].copy_(losses[1])
        flat[start + 2].fill_(float(self.stop_wanted))
        with _hearing_from_all():
            dist.all_reduce(flat)
        flat.div_(self.size)
        for parameter, mean in zip(parameters, means, strict=True):
            parameter.grad = mean
        loss_real, loss_fake, stop = flat[start:].clone().unbind()
        self._stops.append(stop)
        return loss_real, loss_fake

    # -- what a run needs ---------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Forget wishes to stop that an earlier training ended with."""
        self.stop_wanted = False
        self._stops.clear()

    def agreed_to_stop(self) -> bool:
        """Whether any process wanted to stop, by the last step, or on CUDA by the step `CUDA_AHEAD` before it.

        To be asked after every step. All get the same answer after the same step. On CUDA the host then waits for
        that earlier step, and the device still has the later ones to do.
        """
        ahead = CUDA_AHEAD if self.device is not None and self.device.type == "cuda" else 0
        if len(self._stops) <= ahead:
            return False
        return bool(self._stops.popleft() > 0)

    def require_equal(self, value: int, what: str) -> None:
        """Raise ValueError unless all processes have the same whole number, such as the step they resume at."""
        if self.size == 1:
            return
        own = torch.tensor([value], device=self.device)
        values = [torch.empty_like(own) for _ in range(self.size)]
        with _hearing_from_all():
            dist.all_gather(values, own)
        found = [int(v) for v in values]
        if len(set(found)) > 1:
            raise ValueError(
                f"{what} differs between the processes: {found}, by rank. All need the same data, options and run "
                "folder; on several machines, a file system that they share."
            )

    @contextmanager
    def first_alone(self, task: str) -> Iterator[None]:
        """Rank 0 goes through the block before the others: what it packs into the cache, they find there.

        Raises RankLost in the others if it is gone.
        """
        if self.size > 1 and not self.first:
            with _hearing_from_all():
                self._store.wait([task], PACKING_TIMEOUT)
        yield
        if self.size > 1 and self.first:
            self._store.set(task, "done")

    def first_to_tell(self) -> bool:
        """True for the first process of a run that asks: one failure, noticed by many, is told once."""
        if self._store is None:
            return True
        with suppress(RuntimeError):  # the store itself may be gone: then better twice than not at all
            return self._store.add("told", 1) == 1
        return True

    @contextmanager
    def giving_up(self, message: Callable[[], str]) -> Iterator[None]:
        """End this process with `message` when a signal to stop has come and the block has not ended GRACE later.

        A process whose partner is gone may wait inside NCCL or gloo, where Python's signal handlers never run;
        torchrun then kills it without a word. A thread sees the signal even so.
        """
        if self.size == 1 or threading.current_thread() is not threading.main_thread():
            yield
            return
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        previous = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        ended = threading.Event()

        def watch() -> None:
            while (number := os.read(reader, 1)[0]) not in (0, *ending_signals()):
                pass  # of no concern here
            if number == 0 or ended.wait(GRACE):
                return
            if self.first_to_tell():
                print(f"\nbegan_lib: {message()}", file=sys.stderr, flush=True)  # on a line of its own, below a bar
            os._exit(LOST)

        thread = threading.Thread(target=watch, name="began-giving-up", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            signal.set_wakeup_fd(previous)
            os.write(writer, b"\0")  # wakes the thread if no signal has
            thread.join()
            os.close(reader)
            os.close(writer)


class SharedBegan(Began):
    """`Began` in one of several processes: gradients of its part of each batch, the step of the whole batch.

    Args:
        ranks: the processes, which have met.
        arguments, options: those of `Began`.
    """

    def __init__(self, ranks: Ranks, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.ranks = ranks

    def losses_with_gradients(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """L(x) and L(G(z_G)) of the whole batch, of which x is this process's part; its gradients in `.grad`.

        Raises:
            RankLost: another process has ended, or did not come within the timeout.
        """
        return self.ranks.average(self.parameters, super().losses_with_gradients(x))

    def sample_z(self, n: int) -> Tensor:
        """This process's n codes, (n, latent).

        Every process draws those of all from the one stream: its state is then the same everywhere.
        """
        return self.ranks.own(super().sample_z(n * self.ranks.size))


@contextmanager
def _hearing_from_all(otherwise: str = "") -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise RankLost(otherwise + str(error).strip().splitlines()[0]) from error


def _not_met(rank: int, size: int, timeout: timedelta) -> str:
    return f"rank {rank}: the {size} processes of the run did not all meet within {timeout.total_seconds():g} s: "


def _device_of(name: str, local_rank: int) -> torch.device:
    device = choose_device(name)
    if device.type != "cuda":
        return device
    if device.index is not None:
        raise ValueError(
            f"device is {name!r}, but torchrun gives each process a CUDA device of its own: use cuda or auto."
        )
    if local_rank >= torch.cuda.device_count():
        raise ValueError(
            f"{local_rank + 1} or more processes on this machine, but {torch.cuda.device_count()} CUDA device(s): "
            "expected at most one process per device. Lower --nproc-per-node, or give --device cpu."
        )
    return torch.device("cuda", local_rank)


@contextmanager
def joined(device_name: str = "auto", timeout: timedelta = TIMEOUT) -> Iterator[Ranks]:
    """The processes of this run for the length of a block. An error that ends it is raised in one of them only.

    The others end with SystemExit.
    """
    ranks = Ranks.found(timeout)
    try:
        ranks.join(device_name)
        yield ranks
    except Exception:
        if ranks.size > 1 and threading.current_thread() is threading.main_thread():
            # torchrun ends all processes as soon as it sees that one has: what this one has to say comes first.
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if not ranks.first_to_tell():
            raise SystemExit(LOST) from None
        raise
    ranks.leave()
