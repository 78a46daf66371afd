package dev.poro.events;

/** What may be in a batch, and in which order: REQUIRE, then at most one CLEAR, then changes of one key each. */
final class BatchFormat {
    private static final int PHASE_OF_CLEAR = 1;

    private BatchFormat() {}

    /** What is wrong with the value of a batch that is otherwise well-formed, or {@code null}. */
    static String defectOf(long batch, int version) {
        int flags = RawMemory.readByte(batch + RecordDescriptor.FLAGS_OFFSET);
        int length = RawMemory.readInt(batch + RecordDescriptor.VALUE_LENGTH_OFFSET);
        long begin = batch + RecordDescriptor.recordLength(flags, 0, 0);
        long at = begin;
        int lastPhase = 0;
        while (at < begin + length) {
            String defect = RecordFlyweight.defectOfOne(at, begin + length - at, version);
            if (defect != null) {
                return "BATCH record, at " + (at - begin) + ": " + defect;
            }
            if (RecordFlags.hasToken(RawMemory.readByte(at + RecordDescriptor.FLAGS_OFFSET))) {
                return "BATCH record, at " + (at - begin) + ": a token";
            }
            EventType type = EventType.ofCode(RawMemory.readByte(at + RecordDescriptor.TYPE_OFFSET));
            int phase = phaseOf(type);
            if (phase < lastPhase || (phase == PHASE_OF_CLEAR && lastPhase == PHASE_OF_CLEAR)) {
                return "BATCH record, at " + (at - begin) + ": " + type + " record in the wrong place";
            }
            lastPhase = phase;
            at += lengthOf(at);
        }
        return null;
    }

    private static int phaseOf(EventType type) {
        switch (type) {
            case REQUIRE:
                return 0;
            case CLEAR:
                return PHASE_OF_CLEAR;
            case SET:
            case DELETE:
            case ADD:
            case SPLICE:
            case EXPIRE_AT:
                return 2;
            default:
                return -1;
        }
    }

    private static int lengthOf(long record) {
        return RecordDescriptor.recordLength(
                RawMemory.readByte(record + RecordDescriptor.FLAGS_OFFSET),
                RawMemory.readUnsignedShort(record + RecordDescriptor.KEY_LENGTH_OFFSET),
                RawMemory.readInt(record + RecordDescriptor.VALUE_LENGTH_OFFSET));
    }
}
