package dev.poro.statemachine;

import dev.poro.events.Limits;
import java.util.Random;

/** Random keys and values with a liking for lengths at the edges of the layout. */
class EntryGenerator {
    private static final int[] EDGES = {
        0,
        1,
        EntryDescriptor.CHUNK_PAYLOAD_LENGTH,
        EntryDescriptor.CHUNK_PAYLOAD_LENGTH * 2,
        EntryDescriptor.MAX_INLINE_PAYLOAD,
        EntryDescriptor.CHUNK_PAYLOAD_LENGTH * 3,
        Limits.MAX_KEY_LENGTH,
        Limits.DEFAULT_MAX_VALUE_LENGTH
    };

    private final Random random;
    private final byte[][] keys;

    EntryGenerator(Random random, int keys) {
        this.random = random;
        this.keys = new byte[keys][];
        for (int key = 0; key < keys; key++) {
            this.keys[key] = bytes(key % 8 == 0 ? length(Limits.MAX_KEY_LENGTH) : 4 + random.nextInt(30));
        }
    }

    byte[] key() {
        return keys[random.nextInt(keys.length)];
    }

    byte[] value() {
        return bytes(random.nextInt(4) == 0 ? length(Limits.DEFAULT_MAX_VALUE_LENGTH) : random.nextInt(300));
    }

    private int length(int limit) {
        switch (random.nextInt(4)) {
            case 0:
                return nearEdge(EDGES[random.nextInt(EDGES.length)], limit);
            case 1:
                int sizeClass = random.nextInt(SizeClasses.COUNT);
                return nearEdge(SizeClasses.slotLengthOf(sizeClass) - EntryDescriptor.HEADER_LENGTH, limit);
            case 2:
                return random.nextInt(Math.min(limit, 20_000));
            default:
                return random.nextInt(200);
        }
    }

    private int nearEdge(int edge, int limit) {
        return Math.max(0, Math.min(limit, edge + random.nextInt(3) - 1));
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
