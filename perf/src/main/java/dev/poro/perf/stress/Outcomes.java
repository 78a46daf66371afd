package dev.poro.perf.stress;

import java.util.ArrayList;
import java.util.List;

/**
 * What one producer was told about its events: whether the key had been there. Two bits for each event, for the first
 * {@value #LIMIT} events. Written by the producer, read once it has ended.
 */
final class Outcomes {
    /** What is known about one event. */
    enum Told {
        NOTHING,
        ABSENT,
        EXISTED
    }

    static final int LIMIT = 1 << 28;

    private static final int CHUNK_LENGTH = 1 << 16;
    private static final int EVENTS_PER_BYTE = 4;
    private static final Told[] BY_CODE = {Told.NOTHING, Told.ABSENT, Told.EXISTED};

    private final List<byte[]> chunks = new ArrayList<>();

    /** Notes the outcome of event {@code number}, from 1. Once for each event. */
    void tell(long number, boolean existed) {
        if (number >= LIMIT) {
            return;
        }
        int place = (int) number / EVENTS_PER_BYTE;
        while (chunks.size() <= place / CHUNK_LENGTH) {
            chunks.add(new byte[CHUNK_LENGTH]);
        }
        int code = existed ? 2 : 1;
        chunks.get(place / CHUNK_LENGTH)[place % CHUNK_LENGTH] |= (byte) (code << shiftOf(number));
    }

    Told of(long number) {
        int place = (int) Math.min(number, LIMIT) / EVENTS_PER_BYTE;
        if (place / CHUNK_LENGTH >= chunks.size()) {
            return Told.NOTHING;
        }
        return BY_CODE[(chunks.get(place / CHUNK_LENGTH)[place % CHUNK_LENGTH] >>> shiftOf(number)) & 3];
    }

    private static int shiftOf(long number) {
        return 2 * (int) (number % EVENTS_PER_BYTE);
    }
}
