package dev.poro.engine.tools;

import dev.poro.engine.internal.Replay;
import dev.poro.events.EventType;
import dev.poro.events.RecordFlyweight;
import dev.poro.events.StateSummary;
import dev.poro.statemachine.StateMachine;
import dev.poro.wal.LogInspector;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A replay that counts its events and marks, and records the state at the sequence of each snapshot for comparison. */
final class CheckedReplay extends Replay {
    private final StateMachine stateMachine;
    private final Map<EventType, Long> recordsByType = new EnumMap<>(EventType.class);
    private final List<Long> stops;
    private final Map<Long, State> states = new HashMap<>();
    private int nextStop;
    private long events;

    /** @param snapshots the names of the snapshots, oldest first */
    CheckedReplay(StateMachine stateMachine, List<String> snapshots) {
        super(stateMachine);
        this.stateMachine = stateMachine;
        this.stops = snapshots.stream().map(LogInspector::sequenceOf).toList();
    }

    @Override
    public void onRecord(long sequence, long timestamp, RecordFlyweight record) {
        super.onRecord(sequence, timestamp, record);
        events++;
        recordsByType.merge(record.type(), 1L, Long::sum);
        while (nextStop < stops.size() && sequence >= stops.get(nextStop)) {
            if (sequence == stops.get(nextStop)) {
                states.put(sequence, end());
            }
            nextStop++;
        }
    }

    @Override
    public void onMark(long nextSequence, long timestamp, RecordFlyweight mark) {
        super.onMark(nextSequence, timestamp, mark);
        recordsByType.merge(mark.type(), 1L, Long::sum);
    }

    /** How many events were applied. */
    long events() {
        return events;
    }

    /** How many events were applied and marks were checked, of each type that a log may have. */
    Map<EventType, Long> recordsByType() {
        Map<EventType, Long> byType = new EnumMap<>(recordsByType);
        for (EventType type : EventType.values()) {
            if (type != EventType.REQUIRE && type != EventType.CLIENT) { // only within a batch, or a snapshot
                byType.putIfAbsent(type, 0L);
            }
        }
        return byType;
    }

    /** The state at the sequence of a snapshot; {@code null} if the replay has not passed it. */
    State at(long sequence) {
        return states.get(sequence);
    }

    /** The current state. */
    State end() {
        return new State(
                stateMachine.keys(),
                stateMachine.digest(),
                stateMachine.memoryReport().used(),
                stateMachine.memoryBudget());
    }

    /** The part of the state that depends on the events alone. */
    record State(long keys, long digest, long memoryUsed, long memoryBudget) {
        static State of(StateSummary summary) {
            return new State(summary.keys(), summary.digest(), summary.memoryUsed(), summary.memoryBudget());
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT, "%d keys with digest %016x in %d of %d bytes", keys, digest, memoryUsed, memoryBudget);
        }
    }
}
