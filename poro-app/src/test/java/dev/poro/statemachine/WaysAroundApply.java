package dev.poro.statemachine;

import dev.poro.events.RawMemory;
import dev.poro.events.RecordFlyweight;
import dev.poro.events.StateSummary;
import java.util.List;
import java.util.function.LongBinaryOperator;

/** What a class of the state machine's own package could do, and must not. Each breaks the rule. */
public final class WaysAroundApply {
    /** One way each. */
    public static final List<Class<?>> ALL = List.of(
            ChangesATable.class,
            ChangesAnEntry.class,
            ChangesTheTotals.class,
            TakesASlot.class,
            WritesAWord.class,
            WritesThroughAReference.class,
            SaysThatASnapshotWasRestored.class,
            ReplacesTheTable.class);

    private WaysAroundApply() {}

    static final class ChangesATable {
        void run(Table table, RecordFlyweight record) {
            table.insert(1, 1, record, 0);
        }
    }

    static final class ChangesAnEntry {
        Object run(Changes changes, RecordFlyweight record) {
            return changes.delete(record, 1);
        }
    }

    static final class ChangesTheTotals {
        void run(Totals totals) {
            totals.applied(2, 0);
        }
    }

    static final class TakesASlot {
        long run(Slab slab) {
            return slab.allocate(0);
        }
    }

    static final class WritesAWord {
        void run(Arena arena) {
            RawMemory.writeLong(arena.base(), 1);
        }
    }

    static final class WritesThroughAReference {
        LongBinaryOperator run(Entries entries, RecordFlyweight record) {
            RecordWriter writer = entries::write;
            return (sequence, hash) -> writer.write(sequence, record, hash, 0);
        }

        @FunctionalInterface
        interface RecordWriter {
            long write(long sequence, RecordFlyweight record, long hash, long digest);
        }
    }

    static final class SaysThatASnapshotWasRestored {
        void run(StateMachine state, StateSummary summary) {
            state.endRestore(summary);
        }
    }

    static final class ReplacesTheTable {
        void run(CurrentTable table) {
            table.empty();
        }
    }
}
