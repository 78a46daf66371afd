package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.events.EventType;
import dev.poro.events.Outcome;
import dev.poro.wal.simulated.SimulatedStorage;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The log of a replica: which messages a frame holds, and what the log says of where it ends.
 *
 * @see ClusterPosition
 * @see ReplicaClock
 */
class ReplicaLogsTest {
    private static final long CLUSTER = 0xC1A5_7E12L;

    private final SimulatedStorage storage = new SimulatedStorage();

    private static ClusterPosition at(long term, long position) {
        return new ClusterPosition(CLUSTER, term, position);
    }

    private TestLog open(SyncPolicy policy) throws IOException {
        return TestLog.open(storage, TestLog.settings(policy).replica(false, Duration.ZERO));
    }

    /** Of each frame: its time, its position, and how many events it has. */
    private List<String> frames() throws IOException {
        List<String> frames = new ArrayList<>();
        for (Segments.Segment segment : Segments.read(storage).list()) {
            assertThat(segment.header().version).isEqualTo(SegmentDescriptor.REPLICA_VERSION);
            try (FrameReader reader = new FrameReader(storage.openReadOnly(segment.name()), segment.header())) {
                while (reader.next()) {
                    ClusterPosition position = reader.clusterPosition();
                    assertThat(position.isKnown()).isEqualTo(reader.hasPosition());
                    assertThat(reader.wallClock()).isEqualTo(reader.timestamp());
                    frames.add(reader.timestamp() + ": " + position.term() + " " + position.position() + ", "
                            + reader.recordCount());
                }
            }
        }
        return frames;
    }

    @ParameterizedTest
    @EnumSource(SyncPolicy.class)
    @Tag("R16")
    void aFrameHoldsWholeMessagesOfOneTime(SyncPolicy policy) throws IOException {
        try (TestLog log = open(policy)) {
            log.publishMark(EventType.DIGEST_MARK).handle();
            log.publishMessage(100, at(1, 7), 5, "a", "b")
                    .publishMessage(100, at(1, 9), 5, "c")
                    .publishMessage(101, at(2, 11), 5, "d", "e", "f")
                    .publishMessage(101, at(2, 12), 5, "g")
                    .handle();
            log.publishMark(EventType.DIGEST_MARK).handle();
            log.publishMessage(101, at(2, 20), 5, "h").handle();
            assertThat(log.closeCleanly()).isEqualTo(Outcome.ACCEPTED);
        }
        assertThat(frames())
                .containsExactly(
                        "0: -1 -1, 0", "100: 1 9, 3", "101: 2 12, 4", "101: 2 12, 0", "101: 2 20, 1", "101: 2 20, 0");
        try (TestLog log = open(policy)) {
            assertThat(log.log().clusterPosition()).isEqualTo(at(2, 20));
            assertThat(log.log().clock().getAsLong()).isEqualTo(101);
            log.publishMark(EventType.DIGEST_MARK).handle();
            log.closeCleanly();
        }
        assertThat(frames()).endsWith("101: 2 20, 0", "101: 2 20, 0");
    }

    @Test
    void aMessageIsInOneSegment() throws IOException {
        try (TestLog log = open(SyncPolicy.ALWAYS)) {
            for (int i = 0; i < 20; i++) {
                log.publishMessage(100, at(1, i), 1_000, "a" + i, "b" + i, "c" + i)
                        .handle();
            }
        }
        assertThat(LogFiles.segments(storage)).hasSizeGreaterThan(3);
        assertThat(frames()).hasSize(20).allMatch(frame -> frame.endsWith(", 3"));
    }

    @Test
    void aMessageLongerThanASegmentStopsTheStore() throws IOException {
        TestLog log = open(SyncPolicy.ALWAYS);
        log.publishMessage(100, at(1, 0), 8_000, "a", "b", "c").handle();
        assertThat(log.failStop().cause()).hasMessageContaining("longer than a segment");
        log.close();
        assertThat(frames()).isEmpty();
    }

    /** A power cut has taken the first frame of the last segment, and a snapshot covers all segments before. */
    @Test
    void theSegmentBeforeSaysWhereTheLogEnds() throws IOException {
        try (TestLog log = open(SyncPolicy.OS).startSnapshots()) {
            fillFirstSegment(log);
            log.log().takeSnapshot();
            log.publishMessage(100, at(1, 90), 5_000, "next").handle();
            log.abandon();
        }
        List<String> segments = LogFiles.segments(storage);
        byte[] last = storage.bytes(segments.get(1));
        Arrays.fill(last, SegmentDescriptor.HEADER_LENGTH, last.length, (byte) 0);
        storage.put(segments.get(1), last);
        try (TestLog log = open(SyncPolicy.OS)) {
            assertThat(log.recovery().snapshot()).isNotNull();
            assertThat(log.log().clusterPosition()).isEqualTo(at(1, 80));
        }
        storage.remove(segments.get(0));
        storage.put(segments.get(1), last);
        SimulatedStorage copy = storage.copy();
        storage.names().stream()
                .filter(name -> name.endsWith(".wal") && !name.equals(segments.get(1)))
                .forEach(copy::remove);
        assertThatExceptionOfType(LogException.class)
                .isThrownBy(
                        () -> TestLog.open(copy, TestLog.settings(SyncPolicy.OS).replica(false, Duration.ZERO)))
                .withMessageContaining("no frame is left")
                .withMessageContaining("A node that is lost");
    }

    private static void fillFirstSegment(TestLog log) {
        log.publishMessage(100, at(1, 70), 7_000, "first").handle();
        log.publishMessage(100, at(1, 80), 5_000, "second").handle();
    }

    /** The rules that readers check, in a log that was made to break them. */
    @Test
    @Tag("R4")
    void positionsNeverGoBack() {
        ClusterPosition before = at(3, 30);
        assertThat(at(3, 31).defectAfter(before, false)).isNull();
        assertThat(at(4, 31).defectAfter(before, false)).isNull();
        assertThat(at(0, 0).defectAfter(ClusterPosition.NONE, false)).isNull();
        assertThat(before.defectAfter(before, true)).isNull();
        assertThat(before.defectAfter(before, false)).contains("position 30").contains("after position 30");
        assertThat(at(3, 29).defectAfter(before, true)).contains("position 29");
        assertThat(at(2, 31).defectAfter(before, false)).isEqualTo("frame of term 2 after term 3");
        assertThat(new ClusterPosition(5, 3, 31).defectAfter(before, false))
                .isEqualTo("frame of cluster 0000000000000005 after one of cluster 00000000c1a57e12");
        assertThat(ClusterPosition.NONE.defectAfter(ClusterPosition.NONE, false))
                .isEqualTo("frame of cluster 0");
    }

    @Test
    @Tag("R4")
    void aFrameThatRepeatsAPositionIsDamage() throws IOException {
        try (TestLog log = open(SyncPolicy.ALWAYS)) {
            log.publishMessage(100, at(1, 10), 5, "a").handle();
            log.publishMessage(100, at(1, 10), 5, "b").handle();
            log.publishMessage(100, at(1, 12), 5, "c").handle();
        }
        assertThatExceptionOfType(LogDamagedException.class)
                .isThrownBy(() -> open(SyncPolicy.ALWAYS).close())
                .withMessageContaining("frame of position 10 in the cluster's log after position 10");
        assertThat(ScannedLog.of(storage).problems()).hasSize(1);
    }

    @Test
    void theClockIsThatOfTheMessages() {
        ReplicaClock clock = new ReplicaClock(() -> 5, 70);
        assertThat(clock.now()).isEqualTo(70);
        assertThat(clock.forReaders()).isEqualTo(70);
        assertThat(clock.advance(60)).as("never back").isEqualTo(70);
        assertThat(clock.advance(80)).isEqualTo(80);
        assertThat(clock.forReaders()).isEqualTo(80);
        assertThat(clock.now()).as("no frame has that time yet").isEqualTo(70);
        clock.begin(80);
        assertThat(clock.now()).isEqualTo(80);
        assertThat(clock.wallMillis()).isEqualTo(80);
        assertThat(clock.nanos()).isEqualTo(5);
        assertThat(new ReplicaClock(() -> 0, Long.MIN_VALUE).now()).isZero();
    }
}
