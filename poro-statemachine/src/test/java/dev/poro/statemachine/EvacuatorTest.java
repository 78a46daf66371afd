package dev.poro.statemachine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.Outcome;
import dev.poro.events.RawMemory;
import dev.poro.events.TestScale;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** If the count fits, the allocation succeeds, whatever sizes the memory was cut into before. */
class EvacuatorTest {
    private static final int BUDGET = 8 << 20;
    private static final int ROUNDS = TestScale.choose(4, 14);

    /** The budget's, those of classes that are partly used, and what one change takes. */
    private static final int MOST_PAGES = BUDGET / 65_536 + SizeClasses.COUNT + 1 + 8;

    private final Map<ByteBuffer, byte[]> expected = new HashMap<>();
    private final List<byte[]> keys = new ArrayList<>();
    private int nextKey;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void fitsWhateverTheBudgetAdmits(long seed) {
        Random random = new Random(seed);
        try (StateMachine machine = new StateMachine(0);
                Events events = Events.of(machine)) {
            events.budget(BUDGET);
            for (int round = 0; round < ROUNDS; round++) {
                int length = random.nextInt(1 << (7 + random.nextInt(12)));
                fill(machine, events, length, seed % 2 == 0 ? 0 : 1 + round % 2, random);
                assertThat(machine.memoryReport().pagesUsed()).isLessThanOrEqualTo(MOST_PAGES);
                thinOut(events, random.nextInt(20), random);
            }
            assertContents(machine);
        }
    }

    @Test
    void givesThePagesOfAFormerSizeToANewOne() {
        Random random = new Random(5);
        try (StateMachine machine = new StateMachine(0);
                Events events = Events.of(machine)) {
            events.budget(BUDGET);
            fill(machine, events, 100, 0, random);
            thinOut(events, 5, random);
            long before = pagesOfSmallEntries(machine);

            fill(machine, events, 3000, 0, random);

            assertThat(pagesOfSmallEntries(machine)).isLessThan(before * 2 / 3);
            assertContents(machine);
        }
    }

    /**
     * Sets entries of about {@code length} bytes until the charges say no.
     *
     * @param expiring how many of three have an expiry
     */
    private void fill(StateMachine machine, Events events, int length, int expiring, Random random) {
        while (true) {
            boolean expires = nextKey % 3 < expiring;
            byte[] key = ByteBuffer.allocate(8).putInt(nextKey++).array();
            byte[] value = new byte[length + random.nextInt(length / 8 + 1)];
            random.nextBytes(value);
            long charge = (long) EntryDescriptor.charge(key.length + value.length, expires)
                    + (expires && machine.expiringKeys() % ExpiryHeap.PLACES_PER_PAGE == 0 ? 65_536 : 0);
            boolean fits = machine.memoryUsed() + charge <= machine.memoryBudget();
            Outcome outcome = expires ? events.setUntil(key, value, expiryOf(key)) : events.set(key, value);
            assertThat(outcome).isEqualTo(fits ? Outcome.CREATED : Outcome.OUT_OF_MEMORY);
            if (!fits) {
                return;
            }
            keys.add(key);
            expected.put(ByteBuffer.wrap(key), value);
        }
    }

    private static long expiryOf(byte[] key) {
        return 1 + ((ByteBuffer.wrap(key).getInt() * 0x9E3779B9L) >>> 40);
    }

    private void thinOut(Events events, int percentThatStays, Random random) {
        Collections.shuffle(keys, random);
        int stays = keys.size() * percentThatStays / 100;
        while (keys.size() > stays) {
            byte[] key = keys.remove(keys.size() - 1);
            assertThat(events.delete(key)).isEqualTo(Outcome.DELETED);
            expected.remove(ByteBuffer.wrap(key));
        }
    }

    private void assertContents(StateMachine machine) {
        Arena arena = machine.table().arena();
        StripedSeqLockTest.assertNothingIsChanging(arena);
        assertChainsAreLinked(arena);
        long digest = 0;
        for (byte[] key : keys) {
            byte[] value = expected.get(ByteBuffer.wrap(key));
            EntryDetails details = new EntryDetails();
            assertThat(machine.get(key, details)).isEqualTo(value);
            long withoutExpiry = NaiveStateMachine.digest(key, value);
            digest += details.expires() ? EntryDigest.withExpiry(withoutExpiry, expiryOf(key)) : withoutExpiry;
        }
        ExpiryHeapTest.assertEveryEntryKnowsItsPlace(machine.table());
        assertThat(machine.keys()).isEqualTo(keys.size());
        assertThat(machine.digest()).isEqualTo(digest);
    }

    /** All state is in the region, so the chains can be walked with objects of the test's own. */
    private static void assertChainsAreLinked(Arena arena) {
        Entries entries = new Entries(arena, new Slab(arena));
        new Index(arena, entries, new StripedSeqLock(arena)).forEach(reference -> {
            long entry = entries.address(reference);
            int payloadLength = Entries.payloadLength(entry);
            if (Entries.isInline(entry)) {
                return;
            }
            int chunks = 0;
            long previous = reference | EntryDescriptor.PREVIOUS_IS_ENTRY;
            long next = RawMemory.readLong(entry + EntryDescriptor.FIRST_CHUNK_OFFSET);
            while (next != 0) {
                long chunk = entries.address(next);
                long link = RawMemory.readLong(chunk + EntryDescriptor.CHUNK_NEXT_OFFSET);
                assertThat(RawMemory.readLong(chunk)).isEqualTo(previous);
                assertThat(IndexPage.hasTagOf(link, Entries.storedHash(entry))).isTrue();
                previous = next;
                next = Entries.nextChunk(chunk);
                chunks++;
            }
            assertThat(chunks).isEqualTo(EntryDescriptor.chunks(payloadLength, Entries.expires(entry)));
        });
    }

    private static long pagesOfSmallEntries(StateMachine machine) {
        return machine.memoryReport().sizeClasses().stream()
                .filter(sizeClass -> sizeClass.slotLength() < 256)
                .mapToLong(MemoryReport.SizeClass::pages)
                .sum();
    }
}
