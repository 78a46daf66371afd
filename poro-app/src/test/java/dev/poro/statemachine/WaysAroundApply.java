package dev.poro.statemachine;

import dev.poro.events.RawMemory;
import dev.poro.events.RecordFlyweight;
import dev.poro.events.StateSummary;
import java.util.List;
import java.util.function.ToLongFunction;

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
        void run(Table table, NewEntry entry) {
            table.insert(entry);
        }
    }

    static final class ChangesAnEntry {
        Object run(Changes changes, RecordFlyweight record) {
            return changes.change(1, 1, record, 1);
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
        ToLongFunction<NewEntry> run(Entries entries) {
            return entries::write;
        }
    }

    static final class SaysThatASnapshotWasRestored {
        void run(StateMachine state, StateSummary summary) {
            state.endRestore(summary, 0);
        }
    }

    static final class ReplacesTheTable {
        void run(CurrentTable table) {
            table.empty();
        }
    }
}
