package dev.poro.statemachine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.ChangeKind;
import dev.poro.events.RecordFlags;
import dev.poro.events.SeenChange;
import dev.poro.events.TestScale;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who follows the changes that a {@link StateMachine} hands out has the same contents. */
class HandedOutChangesTest {
    private static final int EVENTS = TestScale.choose(1_500, 10_000);
    private static final long MIB = 1 << 20;
    private static final long TIME = 1_600_000_000_000L;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void areAllThatHappened(long seed) {
        Random random = new Random(seed);
        EntryGenerator generator = new EntryGenerator(random, 200);
        RandomEvents randomEvents = new RandomEvents(random, generator);
        try (NaiveStateMachine naive = new NaiveStateMachine();
                StateMachine machine = new StateMachine(0, new WyHash(seed));
                StateMachine other = new StateMachine(64 * MIB, ChosenHash.ofFewHomes(4));
                Events expected = new Events(naive);
                Events actual = Events.of(machine);
                Events actualOfOther = Events.of(other)) {
            Follower follower = new Follower();
            Follower followerOfOther = new Follower();
            machine.handChangesTo(SeenChange.sinkTo(follower::take));
            other.handChangesTo(SeenChange.sinkTo(followerOfOther::take));
            long time = TIME;
            for (int event = 0; event < EVENTS; event++) {
                time += random.nextInt(4);
                byte[] record =
                        event == 0 ? Records.budget(4 * MIB) : randomEvents.next(expected.sequence(), expected.time());
                for (Events each : List.of(expected, actual, actualOfOther)) {
                    each.time(time);
                    each.apply(record);
                }
                String description =
                        "event " + event + ", seed " + seed + ": type " + record[0] + ", flags " + record[1];
                assertThat(follower.defects).as(description).isEmpty();
                assertThat(follower.ofEvent(actual.sequence(), time))
                        .as(description)
                        .isTrue();
                if (event % 16 == 0) {
                    assertThat(follower.contents).as(description).isEqualTo(contentsOf(naive));
                }
            }
            assertThat(follower.contents).isEqualTo(contentsOf(naive));
            assertThat(followerOfOther.all).isEqualTo(follower.all);
            for (ChangeKind kind : ChangeKind.values()) {
                assertThat(follower.all).anyMatch(change -> change.kind() == kind);
            }
        }
    }

    private static Map<ByteBuffer, Entry> contentsOf(NaiveStateMachine naive) {
        Map<ByteBuffer, Entry> contents = new HashMap<>();
        naive.forEach((key, value, sequence) ->
                contents.put(ByteBuffer.wrap(key), new Entry(ByteBuffer.wrap(value), sequence, naive.expiry(key))));
        return contents;
    }

    @Test
    void nothingIsHandedOutOfAnEventWithoutEffect() {
        try (StateMachine machine = new StateMachine(0);
                Events events = Events.of(machine)) {
            Follower follower = new Follower();
            machine.handChangesTo(SeenChange.sinkTo(follower::take));
            events.apply(Records.budget(MIB));
            events.apply(Records.delete(0, 0, new byte[] {1}));
            events.apply(Records.clear());
            events.apply(Records.set(0, 0, 0, new byte[] {1}, new byte[2 << 20]));
            assertThat(follower.all).isEmpty();
            machine.handChangesTo(null);
            events.apply(Records.set(0, 0, 0, new byte[] {1}, new byte[] {2}));
            assertThat(follower.all).isEmpty();
        }
    }

    @Test
    void anExpiredEntryThatIsReplacedIsNoPreviousOne() {
        try (StateMachine machine = new StateMachine(0);
                Events events = Events.of(machine)) {
            Follower follower = new Follower();
            machine.handChangesTo(SeenChange.sinkTo(follower::take));
            events.time(TIME);
            events.apply(Records.budget(MIB));
            byte[] key = {1};
            events.apply(Records.set(RecordFlags.ABSOLUTE_EXPIRY, TIME + 5, 0, key, new byte[] {2}));
            events.time(TIME + 5);
            events.apply(Records.set(0, 0, 0, key, new byte[] {3}));
            events.apply(Records.set(RecordFlags.ABSOLUTE_EXPIRY, TIME + 9, 0, key, new byte[] {4}));
            events.time(TIME + 9);
            events.apply(Records.delete(0, 0, key));
            assertThat(follower.all.stream().map(change -> change.kind()))
                    .containsExactly(ChangeKind.SET, ChangeKind.SET, ChangeKind.SET, ChangeKind.EXPIRED);
            assertThat(follower.all.stream().map(change -> change.previous())).containsExactly(0L, 0L, 3L, 4L);
        }
    }

    /** @param expiry {@link NewEntry#NO_EXPIRY} if there is none */
    private record Entry(ByteBuffer value, long sequence, long expiry) {}

    /** Does what the changes say. */
    private static final class Follower {
        private final Map<ByteBuffer, Entry> contents = new HashMap<>();
        private final List<SeenChange> all = new ArrayList<>();
        private final List<String> defects = new ArrayList<>();
        private int seen;

        private void take(SeenChange change) {
            if (!all.isEmpty()) {
                SeenChange last = all.get(all.size() - 1);
                boolean isLater = last.sequence() < change.sequence()
                        || (last.sequence() == change.sequence() && last.index() < change.index());
                require(isLater, change + " after " + last);
            }
            all.add(change);
            follow(change);
        }

        private void follow(SeenChange change) {
            Entry before = contents.get(change.key());
            boolean wasThere = before != null && (before.expiry < 0 || before.expiry > change.timestamp());
            switch (change.kind()) {
                case SET:
                    require(change.previous() == (wasThere ? before.sequence : 0), change + " of " + before);
                    contents.put(change.key(), new Entry(change.value(), change.sequence(), change.expiry()));
                    break;
                case DELETE:
                    require(wasThere && change.previous() == before.sequence, change + " of " + before);
                    contents.remove(change.key());
                    break;
                case EXPIRED:
                    require(
                            before != null && !wasThere && change.previous() == before.sequence,
                            change + " of " + before);
                    contents.remove(change.key());
                    break;
                case CLEARED:
                    require(!contents.isEmpty(), change + " of nothing");
                    contents.clear();
                    break;
            }
        }

        private void require(boolean isTrue, String defect) {
            if (!isTrue) {
                defects.add(defect);
            }
        }

        /** Whether the changes since the last call are those of one event. */
        private boolean ofEvent(long sequence, long time) {
            List<SeenChange> fresh = all.subList(seen, all.size());
            seen = all.size();
            return fresh.stream().allMatch(change -> change.sequence() == sequence && change.timestamp() == time);
        }
    }
}
