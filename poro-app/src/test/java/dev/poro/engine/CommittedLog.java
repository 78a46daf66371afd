package dev.poro.engine;

import dev.poro.events.RawMemory;
import dev.poro.events.RecordFlyweight;
import dev.poro.statemachine.StateMachine;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The log of a cluster in memory: messages that were committed, and what state they lead to, by a state machine that
 * knows no ring, no log and no replica. Not thread-safe.
 */
final class CommittedLog implements AutoCloseable {
    static final long INCARNATION = 0x1234_5678_9ABC_DEF0L;

    private final StateMachine reference;
    private final List<Message> messages = new ArrayList<>();
    private final Map<Long, State> states = new HashMap<>();
    private long sequence;
    private long time;

    CommittedLog(StateMachine reference) {
        this.reference = reference;
        states.put(-1L, new State(0, reference.digest()));
    }

    /** What a replica has after the message at a position. */
    record State(long sequence, long digest) {}

    /** A message of records, one after the other; perhaps of none. */
    static final class Message {
        private final long timeMillis;
        private final long term;
        private final long position;
        private final byte[] records;

        Message(long timeMillis, long term, long position, byte[] records) {
            this.timeMillis = timeMillis;
            this.term = term;
            this.position = position;
            this.records = records;
        }

        long term() {
            return term;
        }

        long position() {
            return position;
        }

        byte[] records() {
            return records;
        }

        /** Hands it to a replica; returns whether that took it. */
        boolean commitTo(Replica replica) {
            return commitTo(replica, Replica.NOT_OURS);
        }

        boolean commitTo(Replica replica, long number) {
            long address = RawMemory.allocate(records.length + 1);
            try {
                RawMemory.copy(records, 0, address, records.length);
                return replica.committed(timeMillis, term, position, number, address, records.length);
            } finally {
                RawMemory.fill(address, records.length, (byte) 0xEE);
                RawMemory.free(address, records.length + 1);
            }
        }
    }

    /** Appends a message, and applies it. */
    Message append(long timeMillis, long term, long position, byte[] records) {
        Message message = new Message(timeMillis, term, position, records);
        messages.add(message);
        time = Math.max(time, timeMillis);
        long address = RawMemory.allocate(records.length + 1);
        RawMemory.copy(records, 0, address, records.length);
        RecordFlyweight record = new RecordFlyweight();
        for (long at = address; at < address + records.length; at += record.length()) {
            reference.apply(++sequence, time, record.wrap(at));
        }
        RawMemory.free(address, records.length + 1);
        states.put(position, new State(sequence, reference.digest()));
        return message;
    }

    List<Message> messages() {
        return messages;
    }

    /** Of the last event. */
    long sequence() {
        return sequence;
    }

    /** Of the last message, by the rules of replicas: never less than of the one before. */
    long time() {
        return time;
    }

    /** What a replica has that has applied all messages up to this position; {@code null} if no message has it. */
    State at(long position) {
        return states.get(position);
    }

    /** The index of the message at a position, or -1 for the beginning. */
    int indexOf(long position) {
        for (int i = 0; i < messages.size(); i++) {
            if (messages.get(i).position() == position) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public void close() {
        reference.close();
    }
}
