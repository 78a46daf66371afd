package dev.poro.statemachine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.RawMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The hash is part of the log's format, by way of the digest; and nobody can choose keys that collide. */
class WyHashTest {
    private static final long[] SECRET = {
        0xa0761d6478bd642fL, 0xe7037ed1a0b428dbL, 0x8ebc6af09c88c6e3L, 0x589965cc75374cc3L
    };

    @Test
    void passesTheTestVectorsOfItsAuthor() {
        assertThat(hash("", 0)).isEqualTo(0x42bc986dc5eec4d3L);
        assertThat(hash("a", 1)).isEqualTo(0x84508dc903c31551L);
        assertThat(hash("abc", 2)).isEqualTo(0x0bc54887cfc9ecb1L);
        assertThat(hash("message digest", 3)).isEqualTo(0x6e2ff3298208a67cL);
        assertThat(hash("abcdefghijklmnopqrstuvwxyz", 4)).isEqualTo(0x9a64e42e897195b9L);
        assertThat(hash("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 5))
                .isEqualTo(0x9199383239c32554L);
        assertThat(hash("1234567890".repeat(8), 6)).isEqualTo(0x7c1ccf6bba30f5a5L);
    }

    /** What the digests in logs of all versions were made with. */
    @Test
    @Tag("R25")
    void isTheOriginalWithSeedZero() {
        Random random = new Random(2);
        for (int length = 0; length < 300; length++) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            assertThat(new WyHash(0).of(bytes))
                    .as("%d bytes", length)
                    .isEqualTo(WyHash.original(0).of(bytes))
                    .isEqualTo(ReferenceWyHash.original(bytes, 0));
        }
    }

    @Test
    void isWhatItsDefinitionSaysOfEveryLengthInMemoryAndInArrays() {
        Random random = new Random(1);
        for (int length = 0; length < 300; length++) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            long seed = random.nextLong();
            long expected = ReferenceWyHash.of(bytes, seed);

            assertThat(new WyHash(seed).of(bytes))
                    .as("%d bytes in an array", length)
                    .isEqualTo(expected);
            assertThat(inMemory(bytes, seed)).as("%d bytes in memory", length).isEqualTo(expected);
        }
    }

    /** A word that equals a secret makes a product zero, and everything before it is forgotten. */
    @ParameterizedTest(name = "{0} bytes")
    @ValueSource(ints = {16, 17, 24, 32, 33, 40, 48, 49, 64, 96, 97, 100, 144, 150, 1000})
    @Tag("R29")
    void cannotBeMadeZeroByKeysThatHoldPublishedConstants(int length) {
        WyHash hash = new WyHash(4711);
        for (int lane = 0; lane < 3; lane++) {
            long secret = SECRET[1 + lane];
            for (int at = 0; at + 16 <= length; at += 8) {
                int place = at;
                requireDistinct(length, key -> hash.of(withWord(key, place, secret)));
            }
            requireDistinct(length, key -> hash.of(withWord(key, length - 16, secret)));
        }
    }

    /** The keys of the report: their other bytes do not matter to the original. */
    @Test
    @Tag("R29")
    void tellsTheKeysApartThatBrickedStores() {
        byte[] constants = {(byte) 0xd1, 0x7e, 0x03, (byte) 0xe7, (byte) 0xdb, 0x28, (byte) 0xb4, (byte) 0xa0};
        ToLongFunction<byte[]> original = key -> WyHash.original(4711).of(bricking(key, constants));
        ToLongFunction<byte[]> mended = key -> new WyHash(4711).of(bricking(key, constants));

        assertThat(distinct(16, original)).isEqualTo(1);
        requireDistinct(16, mended);
    }

    /** Two lanes that are the same cancel each other. */
    @Test
    @Tag("R29")
    void tellsKeysApartWhoseLanesWouldCancelEachOther() {
        ToLongFunction<byte[]> original = key -> WyHash.original(4711).of(withEqualLanes(key));
        ToLongFunction<byte[]> mended = key -> new WyHash(4711).of(withEqualLanes(key));

        assertThat(distinct(64, original)).isEqualTo(1);
        requireDistinct(64, mended);
    }

    private static byte[] bricking(byte[] key, byte[] constants) {
        byte[] bricking = key.clone();
        System.arraycopy(constants, 0, bricking, 0, 4);
        System.arraycopy(constants, 4, bricking, 8, 4);
        return bricking;
    }

    /** The first two lanes agree, all that comes after is the same. */
    private static byte[] withEqualLanes(byte[] key) {
        ByteBuffer words = ByteBuffer.wrap(new byte[64]).order(ByteOrder.LITTLE_ENDIAN);
        long first = ByteBuffer.wrap(key).getLong();
        long second = ByteBuffer.wrap(key).getLong(8);
        words.putLong(first)
                .putLong(second)
                .putLong(first ^ SECRET[1] ^ SECRET[2])
                .putLong(second);
        return words.array();
    }

    private static byte[] withWord(byte[] key, int at, long word) {
        byte[] changed = key.clone();
        ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN).putLong(at, word);
        return changed;
    }

    private static void requireDistinct(int length, ToLongFunction<byte[]> hash) {
        assertThat(distinct(length, hash)).isEqualTo(500);
    }

    private static int distinct(int length, ToLongFunction<byte[]> hash) {
        Random random = new Random(length);
        Set<Long> hashes = new HashSet<>();
        for (int number = 0; number < 500; number++) {
            byte[] key = new byte[length];
            random.nextBytes(key);
            hashes.add(hash.applyAsLong(key));
        }
        return hashes.size();
    }

    private static long hash(String text, long seed) {
        return WyHash.original(seed).of(text.getBytes(UTF_8));
    }

    private static long inMemory(byte[] bytes, long seed) {
        long address = RawMemory.allocate(bytes.length + 1);
        try {
            RawMemory.copy(bytes, 0, address, bytes.length);
            return new WyHash(seed).of(address, bytes.length);
        } finally {
            RawMemory.free(address, bytes.length + 1);
        }
    }
}
