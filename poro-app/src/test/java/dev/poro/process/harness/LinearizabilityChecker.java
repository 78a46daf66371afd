package dev.poro.process.harness;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Tells whether a history of concurrent operations on one key could have been that of a single copy of it, on which
 * each operation took effect at one moment between its invocation and its response. The algorithm is that of Wing and
 * Gong, with Lowe's memory of the states that were already tried: "Testing for linearizability", 2017.
 *
 * <p>An operation that was under way when its process was killed has taken effect before the kill, or never does.
 */
public final class LinearizabilityChecker {
    /** What an operation does. */
    public enum Kind {
        SET,
        GET,
        DELETE,
        /** Stores a value, and has seen the one before: one step. */
        EXCHANGE
    }

    /**
     * One operation on the key.
     *
     * @param value what a SET or an EXCHANGE stores, or what a GET has returned; {@code null} for nothing
     * @param before what an EXCHANGE has seen; {@code null} for nothing
     * @param existed what a DELETE has returned
     * @param answered whether it has returned; otherwise it was under way when its process was killed
     * @param invoked when it began; of the operations of all processes, on one clock
     * @param ended when it returned, or its process was dead
     */
    public record Operation(
            Kind kind, String value, String before, boolean existed, boolean answered, long invoked, long ended) {
        /** An operation that is no EXCHANGE. */
        public Operation(Kind kind, String value, boolean existed, boolean answered, long invoked, long ended) {
            this(kind, value, null, existed, answered, invoked, ended);
        }

        private boolean mayTakeEffectOn(String current) {
            return switch (kind) {
                case SET -> true;
                case GET -> !answered || Objects.equals(value, current);
                case DELETE -> !answered || existed == (current != null);
                case EXCHANGE -> !answered || Objects.equals(before, current);
            };
        }

        private String effectOn(String current) {
            return switch (kind) {
                case SET, EXCHANGE -> value;
                case GET -> current;
                case DELETE -> null;
            };
        }
    }

    private record State(BitSet done, String value) {}

    private final List<Operation> operations;
    private final Set<State> tried = new HashSet<>();
    private final BitSet done = new BitSet();

    private LinearizabilityChecker(List<Operation> history) {
        operations = new ArrayList<>(history);
        operations.sort(Comparator.comparingLong(Operation::invoked));
    }

    /** Whether there is an order that explains all results, from a key that does not exist. */
    public static boolean isLinearizable(List<Operation> history) {
        return new LinearizabilityChecker(history).search();
    }

    /** Depth first, without recursion: a history may be long. */
    private boolean search() {
        Deque<Step> path = new ArrayDeque<>();
        Step step = new Step(null);
        while (done.cardinality() < operations.size()) {
            if (advance(step)) {
                done.set(step.index);
                if (tried.add(new State((BitSet) done.clone(), step.valueAfter()))) {
                    path.push(step);
                    step = new Step(step.valueAfter());
                } else {
                    done.clear(step.index);
                }
            } else if (path.isEmpty()) {
                return false;
            } else {
                step = path.pop();
                done.clear(step.index);
            }
        }
        return true;
    }

    /** A point on the way: the value there, and which operation was last tried from it, with or without its effect. */
    private final class Step {
        private final String value;
        private int index = -1;
        private boolean takesEffect;

        Step(String value) {
            this.value = value;
        }

        String valueAfter() {
            return takesEffect ? operations.get(index).effectOn(value) : value;
        }
    }

    /** Goes on to the next possibility at a step; returns whether there was one. */
    private boolean advance(Step step) {
        if (step.index >= 0 && step.takesEffect && !operations.get(step.index).answered()) {
            step.takesEffect = false;
            return true;
        }
        step.index = nextCandidate(step);
        step.takesEffect = true;
        return step.index >= 0;
    }

    /** The next operation that may come first of those that remain: none of them has ended before it began. */
    private int nextCandidate(Step step) {
        long earliestEnd = Long.MAX_VALUE;
        for (int i = done.nextClearBit(0); i < operations.size(); i = done.nextClearBit(i + 1)) {
            Operation operation = operations.get(i);
            if (operation.invoked() > earliestEnd) {
                break;
            }
            if (i > step.index && operation.mayTakeEffectOn(step.value)) {
                return i;
            }
            earliestEnd = Math.min(earliestEnd, operation.ended());
        }
        return -1;
    }
}
