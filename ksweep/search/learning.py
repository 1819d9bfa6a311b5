"""Searches that learn: Optuna suggests, decision by decision, what is worth a try."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from typing import Any, Protocol

from ksweep import extras
from ksweep.model import Goal, Settings, TrialState
from ksweep.search.base import Choice, Outcome, Outlook
from ksweep.search.candidates import Candidates
from ksweep.search.looking import outlook
from ksweep.search.parameters import decided, offers, parameter
from ksweep.space import Choices, Node, Options

_SUGGESTIONS = 10


class Samplers(Protocol):
    """Makes Optuna's samplers for one method."""

    def asking(self, seed: int) -> Any:
        """What suggests one choice."""
        ...

    def recording(self, seed: int) -> Any:
        """What is in force while a choice that is decided is entered."""
        ...


class LearningSearch:
    """Asks Optuna, in dependency order and for active nodes only, until something new comes out.

    What the n-th choice is depends on the seed, on n and on what was told before, not on the
    process: a search that is told its past again goes on as if it had never ended.
    """

    outlook: Outlook

    def __init__(self, choices: Choices, settings: Settings, samplers: Samplers) -> None:
        optuna = load(settings)
        self.outlook = outlook(choices, settings.trials)
        self._optuna = optuna
        self._samplers = samplers
        self._settings = settings
        self._candidates = Candidates(choices)
        self._parameters = {node: parameter(optuna, node) for node in choices.nodes}
        goals = {Goal.MAXIMIZE: "maximize", Goal.MINIMIZE: "minimize"}
        directions = [goals[objective.goal] for objective in settings.ranked_by]
        with extras.quietly(optuna):
            self._study = optuna.create_study(directions=directions)
        self._entered: dict[frozenset[str], Any] = {}  # by identities, the trials under way
        self._count = 0

    def ask(self) -> Choice | None:
        with extras.quietly(self._optuna):
            choice = self._suggested() or self._drawn()
            if choice is not None:
                self._enter(choice.configurations[0].params, _ids(choice))
        return choice

    def tell(self, outcome: Outcome) -> None:
        self._candidates.mark(outcome.ids)
        with extras.quietly(self._optuna):
            if outcome.ids not in self._entered:
                self._enter(outcome.params, outcome.ids)
            trial = self._entered.get(outcome.ids)
            if trial is not None and outcome.state is not TrialState.PENDING:
                del self._entered[outcome.ids]
                self._conclude(trial, outcome)

    def _suggested(self) -> Choice | None:
        for attempt in range(_SUGGESTIONS):
            self._study.sampler = self._samplers.asking(self._seed(attempt))
            trial = self._study.ask()
            propose = self._proposer(trial, random.Random(self._seed(attempt)))
            point = self._candidates.choices.descend(
                lambda node, options, by=propose: self._text(by(node), node, options)  # type: ignore[misc]
            )
            self._study.tell(trial, state=self._optuna.trial.TrialState.FAIL)
            choice = self._candidates.take(point) if point is not None else None
            if choice is not None:
                return choice
        return None

    def _drawn(self) -> Choice | None:
        """Where nothing new is suggested, anything that is left."""
        return self._candidates.draw(random.Random(self._seed(_SUGGESTIONS)))

    def _text(self, value: Any, node: Node, options: Options) -> str | None:
        """A value that Optuna proposes as text; None where it is not possible here."""
        text = self._parameters[node].text(value)
        return text if offers(options, text) else None

    def _proposer(self, trial: Any, rng: random.Random) -> Callable[[Node], Any]:
        """What to try for each node, one after the other."""
        return lambda node: self._suggest(trial, node)

    def _suggest(self, trial: Any, node: Node) -> Any:
        distribution = self._parameters[node].distribution
        kinds = self._optuna.distributions
        if isinstance(distribution, kinds.CategoricalDistribution):
            return trial.suggest_categorical(node.name, distribution.choices)
        integer = isinstance(distribution, kinds.IntDistribution)
        suggest = trial.suggest_int if integer else trial.suggest_float
        return suggest(node.name, distribution.low, distribution.high, log=distribution.log)

    def _enter(self, params: Any, ids: frozenset[str]) -> None:
        """Let Optuna know of a choice as if it had suggested exactly that.

        What does not fit this space, of a sweep over another one, is left out.
        """
        decisions = self._decisions(params)
        self._count += 1
        if decisions is None:
            return
        values = {node.name: self._parameters[node].value(text) for node, text in decisions.items()}
        self._study.sampler = self._samplers.recording(self._seed(0))
        self._study.enqueue_trial(values)
        trial = self._study.ask()
        _ = trial.relative_params  # where NSGA-II numbers its generations
        for node in decisions:
            self._suggest(trial, node)
        self._entered[ids] = trial

    def _decisions(self, params: Any) -> dict[Node, str] | None:
        """What was decided where there was a choice; None where it does not fit the space."""
        found: dict[Node, str] = {}

        def recall(node: Node, options: Options) -> str | None:
            text = decided(params, node)
            if text is None or not offers(options, text):
                return None
            found[node] = text
            return text

        return found if self._candidates.choices.descend(recall) is not None else None

    def _conclude(self, trial: Any, outcome: Outcome) -> None:
        states = self._optuna.trial.TrialState
        if outcome.values:
            self._study.tell(trial, list(outcome.values))
        elif outcome.stopped is not None and len(self._settings.ranked_by) == 1:
            step, value = outcome.stopped
            trial.report(value, int(step))
            self._study.tell(trial, state=states.PRUNED)
        else:
            self._study.tell(trial, state=states.FAIL)

    def _seed(self, attempt: int) -> int:
        text = f"{self._settings.method} {self._settings.seed} {self._count} {attempt}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def load(settings: Settings) -> Any:
    """Optuna.

    Raises:
        InputError: it is not installed.
    """
    return extras.load("optuna", "optuna", f"CONFIG_SWEEP_METHOD_{settings.method.upper()}")


def _ids(choice: Choice) -> frozenset[str]:
    return frozenset(one.id for one in choice.configurations)
