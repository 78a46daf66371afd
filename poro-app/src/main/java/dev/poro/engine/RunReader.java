package dev.poro.engine;

import dev.poro.events.EventRun;
import dev.poro.events.Outcome;
import dev.poro.events.RecordFlyweight;
import dev.poro.statemachine.EntryDetails;
import dev.poro.statemachine.ReadGroup;
import dev.poro.statemachine.StateMachine;

/**
 * Does the reads that a run begins with, on the calling thread and without the ring: no event of the run comes before
 * them. One thread at a time; allocates nothing once it has room for the values.
 */
final class RunReader {
    private final RecordFlyweight record = new RecordFlyweight();
    private final EntryDetails details = new EntryDetails();
    private final ReadGroup group;

    RunReader(StateMachine stateMachine) {
        this.group = new ReadGroup(stateMachine);
    }

    /** How many reads a run begins with. */
    static int countOf(EventRun run) {
        int count = 0;
        while (count < run.size() && run.isRead(count)) {
            count++;
        }
        return count;
    }

    void read(StateMachine stateMachine, EventRun run, int end) {
        for (int begin = 0; begin < end; begin += ReadGroup.CAPACITY) {
            int groupEnd = Math.min(end, begin + ReadGroup.CAPACITY);
            for (int index = begin; index < groupEnd; index++) {
                group.add(run.keyHash(index));
            }
            group.fetch();
            for (int index = begin; index < groupEnd; index++) {
                readOne(stateMachine, run, index);
            }
        }
    }

    private void readOne(StateMachine stateMachine, EventRun run, int index) {
        record.wrap(run.recordAddress(index));
        boolean wantsValue = run.wantsValue(index);
        int room = wantsValue ? run.values().length - run.valuesUsed() : 0;
        int length = readInto(stateMachine, run, index, room);
        while (wantsValue && length > room && makeRoom(run, index, length)) {
            room = run.values().length - run.valuesUsed();
            length = readInto(stateMachine, run, index, room);
        }
        if (length < 0) {
            run.complete(index, Outcome.ABSENT, 0);
            return;
        }
        if (wantsValue && length <= room) {
            run.target(index).room(length);
        }
        run.found(index, details.expires() ? details.expiry() : EventRun.NO_EXPIRY, length);
        run.complete(index, Outcome.FOUND, details.sequence());
    }

    private int readInto(StateMachine stateMachine, EventRun run, int index, int room) {
        return stateMachine.get(
                run.keyHash(index),
                null,
                record.keyAddress(),
                record.keyLength(),
                run.values(),
                run.valuesUsed(),
                room,
                details);
    }

    private static boolean makeRoom(EventRun run, int index, int length) {
        try {
            run.makeRoomForValue(length);
            return true;
        } catch (OutOfMemoryError e) {
            run.target(index).lose();
            return false;
        }
    }
}
