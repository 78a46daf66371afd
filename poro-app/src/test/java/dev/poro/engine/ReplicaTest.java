package dev.poro.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.engine.tools.Verification;
import dev.poro.events.EventType;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordEncoder;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What callers of a replica see, on three of them.
 *
 * @see MessageSender
 * @see ReplicaRunner
 * @see NotCommittedException
 */
@Timeout(60)
class ReplicaTest {
    private static final byte[] KEY = bytes("key");

    @TempDir
    private Path directory;

    private final InMemoryCluster cluster = new InMemoryCluster(64 << 10);
    private final ExecutorService others = Executors.newCachedThreadPool();
    private InMemoryCluster.Node a;
    private InMemoryCluster.Node b;

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    @BeforeEach
    void begin() {
        a = cluster.start(directory.resolve("a"), settings -> settings.threading(Threading.CALLER));
        b = cluster.start(directory.resolve("b"), settings -> settings.threading(Threading.DEDICATED));
        a.replica().adoptMemoryBudget();
    }

    @AfterEach
    void end() {
        cluster.close();
        others.shutdownNow();
    }

    /** Fails unless all replicas have the same. */
    private void requireEqual() throws InterruptedException {
        cluster.refuse(true); // what has expired stays from now on
        cluster.awaitAll();
        assertThat(b.poro().sequence()).isEqualTo(a.poro().sequence());
        assertThat(b.poro().digest()).isEqualTo(a.poro().digest());
        cluster.refuse(false);
    }

    /** {@link #requireEqual}, and so has who replays their logs. */
    private void requireEqualAgain() throws InterruptedException {
        requireEqual();
        long digest = a.poro().digest();
        cluster.close();
        assertThat(Verification.run(directory.resolve("a"), Progress.NONE).digest())
                .isEqualTo(digest);
        assertThat(Verification.run(directory.resolve("b"), Progress.NONE).digest())
                .isEqualTo(digest);
        a.open();
        b.open();
        assertThat(a.poro().digest()).isEqualTo(digest);
        assertThat(b.poro().digest()).isEqualTo(digest);
    }

    @Test
    void aChangeOfOneIsReadOnAll() throws InterruptedException {
        assertThat(a.poro().set("k", "of a")).isFalse();
        cluster.awaitAll();
        assertThat(b.poro().get("k")).isEqualTo("of a");
        assertThat(b.poro().set("k", "of b")).isTrue();
        cluster.awaitAll();
        assertThat(a.poro().get("k")).isEqualTo("of b");
        assertThat(a.poro().sequenceOf(bytes("k")))
                .isEqualTo(b.poro().sequenceOf(bytes("k")))
                .isEqualTo(a.poro().sequence());
        requireEqual();
    }

    @Test
    void everyKindOfChangeHasItsResult() throws InterruptedException {
        Poro poro = a.poro();
        assertThat(poro.setIfAbsent(KEY, bytes("1"))).isTrue();
        assertThat(poro.setIfAbsent(KEY, bytes("2"))).isFalse();
        assertThat(poro.add(KEY, 41)).isEqualTo(42);
        assertThat(poro.getAndSet(KEY, bytes("x"))).isEqualTo(bytes("42"));
        assertThat(poro.append(KEY, bytes("yz"))).isEqualTo(3);
        assertThat(poro.batch()
                        .require(KEY, poro.sequenceOf(KEY))
                        .set(bytes("b"), KEY)
                        .commit()
                        .committed())
                .isTrue();
        assertThat(poro.batch().require(KEY, 1).set(bytes("c"), KEY).commit().unmet())
                .isZero();
        assertThat(poro.batch().requireNothingAfter(poro.sequence()).commit().committed())
                .isTrue();
        assertThat(poro.getAndDelete(KEY)).isEqualTo(bytes("xyz"));
        assertThat(poro.withToken(5, 1).add(KEY, 7)).isEqualTo(7);
        cluster.awaitAll();
        assertThat(b.poro().withToken(5, 1).add(KEY, 7))
                .as("sent again, to another node")
                .isEqualTo(7);
        long ticket = poro.setAsync(KEY, bytes("later"));
        assertThat(poro.await(ticket)).isTrue();
        assertThat(poro.set(new byte[30_000], new byte[30_000])).isFalse();
        assertThat(poro.clear()).isEqualTo(3);
        requireEqualAgain();
    }

    @Test
    void aValueThatFitsIntoNoMessageIsTooLarge() {
        assertThatExceptionOfType(EventTooLargeException.class)
                .isThrownBy(() -> a.poro().set(KEY, new byte[64 << 10]));
    }

    /** With many of them, looking would take the processor from the cluster that they wait for. */
    @Test
    void thoseWhoWaitSleepUntilTheyAreWoken() throws Exception {
        int writers = 40;
        int sentBefore = cluster.sent();
        List<Thread> threads = new ArrayList<>();
        cluster.hold(true);
        try {
            for (int i = 0; i < writers; i++) {
                byte[] key = bytes("key " + i);
                Thread thread = new Thread(() -> a.poro().set(key, KEY));
                thread.start();
                threads.add(thread);
            }
            cluster.awaitSent(sentBefore + writers);
            Thread.sleep(300);
            for (Thread thread : threads) {
                ThreadInfo seen = ManagementFactory.getThreadMXBean().getThreadInfo(thread.getId());
                assertThat(seen.getWaitedCount()).as("sleeps in 300 ms").isBetween(1L, 20L);
            }
        } finally {
            cluster.hold(false);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(a.poro().keys()).isEqualTo(writers);
        requireEqual();
    }

    /** Its parts are a message each; the reads see what comes before them. */
    @Test
    void aPipelineLongerThanAMessage() throws InterruptedException {
        try (Pipeline pipeline = a.poro().pipeline()) {
            for (int i = 0; i < 2_000; i++) {
                pipeline.add(KEY, 1);
                pipeline.get(KEY);
            }
            pipeline.execute();
            for (int i = 0; i < 2_000; i++) {
                assertThat(pipeline.number(2 * i)).isEqualTo(i + 1);
                assertThat(new String(pipeline.value(2 * i + 1), UTF_8)).isEqualTo(Integer.toString(i + 1));
            }
        }
        assertThat(cluster.log().size()).isGreaterThan(7);
        requireEqualAgain();
    }

    @Test
    void whatTheClusterRefusesHasNotHappened() throws InterruptedException {
        a.poro().set("k", "before");
        cluster.refuse(true);
        assertThatExceptionOfType(NotCommittedException.class)
                .isThrownBy(() -> a.poro().set("k", "refused"))
                .matches(e -> !e.mayStillHappen());
        try (Pipeline pipeline = a.poro().pipeline()) {
            pipeline.set(KEY, KEY);
            pipeline.get(KEY);
            assertThatExceptionOfType(NotCommittedException.class).isThrownBy(pipeline::execute);
            assertThat(pipeline.outcome(0)).isEqualTo(PipelineOutcome.NOT_DONE);
            assertThat(pipeline.outcome(1)).isEqualTo(PipelineOutcome.NOT_DONE);
            cluster.refuse(false);
            pipeline.reset();
            pipeline.set(KEY, KEY);
            pipeline.execute();
        }
        assertThat(a.poro().get("k")).isEqualTo("before");
        assertThat(a.poro().set("k", "after")).isTrue();
        requireEqual();
    }

    @Test
    void anAnswerThatDoesNotComeIsUnknown() throws Exception {
        cluster.forget(true);
        Future<?> set = others.submit(() -> a.poro().set("k", "forgotten"));
        Future<PipelineOutcome> run = others.submit(() -> outcomeOfSet(a.poro()));
        rejectUntilDone(set, true);
        rejectUntilDone(run, true);
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(set::get)
                .withCauseInstanceOf(NotCommittedException.class)
                .matches(e -> ((NotCommittedException) e.getCause()).mayStillHappen());
        assertThat(run.get()).isEqualTo(PipelineOutcome.UNKNOWN);
        Future<?> other = others.submit(() -> a.poro().set("k", "never"));
        rejectUntilDone(other, false);
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(other::get)
                .matches(e -> !((NotCommittedException) e.getCause()).mayStillHappen());
        cluster.forget(false);
        assertThat(a.poro().set("k", "v")).isFalse();
        requireEqual();
    }

    private static PipelineOutcome outcomeOfSet(Poro poro) {
        try (Pipeline pipeline = poro.pipeline()) {
            pipeline.set(KEY, KEY);
            try {
                pipeline.execute();
            } catch (NotCommittedException e) {
                assertThat(e.mayStillHappen()).isTrue();
            }
            return pipeline.outcome(0);
        }
    }

    private void rejectUntilDone(Future<?> change, boolean mayStillHappen) throws InterruptedException {
        while (!change.isDone()) {
            a.replica().rejectAll(mayStillHappen);
            Thread.sleep(1);
        }
    }

    /** Who gave up waiting gets no second answer, but the change happens. */
    @Test
    @Tag("R34")
    void aRejectedMessageMayBeCommittedAllTheSame() throws InterruptedException {
        a.poro().set("k", "1");
        long number = cluster.log().get(cluster.log().size() - 1).number();
        a.replica().rejected(number, true);
        a.replica().rejected(number + 1_000, true);
        a.replica().rejected(-1, true);
        assertThat(a.poro().set("k", "2")).isTrue();
        requireEqual();
    }

    @Test
    void closingAnswersWhoWaits() throws Exception {
        a.poro().set("k", "v");
        cluster.forget(true);
        Future<?> set = others.submit(() -> a.poro().set("k", "forgotten"));
        Future<?> hold = others.submit(() -> a.poro().holdChanges().close());
        Thread.sleep(20);
        a.close();
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(set::get)
                .withCauseInstanceOf(PoroException.class);
        try {
            hold.get();
        } catch (ExecutionException closed) {
            assertThat(closed).hasCauseInstanceOf(StoreClosedException.class);
        }
        cluster.forget(false);
        a.open();
        assertThat(a.poro().get("k")).isEqualTo("v");
    }

    @Test
    @Tag("R16")
    void onlyTheLeaderRemovesWhatHasExpired() throws InterruptedException {
        cluster.lead(1);
        for (int i = 0; i < 200; i++) {
            a.poro().set(bytes("expires-" + i), KEY, Duration.ofMillis(1 + i % 20));
        }
        while (a.poro().keys() > 0 || b.poro().keys() > 0) {
            Thread.sleep(1);
        }
        requireEqual();
        List<InMemoryCluster.Message> removals = cluster.log().stream()
                .filter(message -> message.records()[RecordDescriptor.TYPE_OFFSET] == EventType.EXPIRE_DUE.code())
                .toList();
        assertThat(removals).isNotEmpty().allMatch(message -> message.node() == 1);
    }

    /** A reader never sees an earlier time than a change had, and time stands still between messages. */
    @Test
    @Tag("R37")
    void timeIsThatOfTheLastMessage() throws InterruptedException {
        cluster.lead(-1);
        a.poro().set(KEY, KEY, Duration.ofMillis(30));
        cluster.awaitAll();
        long time = a.poro().logTime().toEpochMilli();
        assertThat(b.poro().logTime().toEpochMilli()).isEqualTo(time);
        Thread.sleep(40);
        assertThat(a.poro().logTime().toEpochMilli()).isEqualTo(time);
        assertThat(a.poro().get(KEY)).isNotNull();
        cluster.commit(new byte[0]);
        cluster.awaitAll();
        assertThat(a.poro().logTime().toEpochMilli())
                .isEqualTo(b.poro().logTime().toEpochMilli())
                .isEqualTo(a.replica().lastTimeMillis())
                .isGreaterThanOrEqualTo(time + 40);
        assertThat(a.poro().get(KEY)).isNull();
        assertThat(b.poro().get(KEY)).isNull();
        assertThat(a.poro().keys()).as("nobody has removed it").isOne();
    }

    @Test
    void aHoldKeepsOtherThreadsOfThisReplicaOut() throws Exception {
        a.poro().set("k", "0");
        Future<Boolean> late;
        try (ChangeHold hold = a.poro().holdChanges()) {
            CountDownLatch begun = new CountDownLatch(1);
            late = others.submit((Callable<Boolean>) () -> {
                begun.countDown();
                return a.poro().set("k", "late");
            });
            begun.await();
            b.poro().set("k", "of b");
            a.poro().set("k", "of the holder");
            assertThat(late.isDone()).isFalse();
            assertThat(hold).isNotNull();
        }
        assertThat(late.get()).isTrue();
        assertThat(a.poro().get("k")).isEqualTo("late");
        requireEqual();
    }

    @Test
    void aWatchOfAnAbsentKeyNoticesWhatAnotherReplicaDoes() throws InterruptedException {
        KeyWatch watch = a.poro().watch(KEY);
        b.poro().set(KEY, KEY);
        b.poro().delete(KEY);
        cluster.awaitAll();
        assertThat(watch.hasChanged()).isTrue();
    }

    @Test
    void aReplicaOfOneOpeningKnowsNoMessageOfAnother() throws InterruptedException {
        for (int i = 0; i < 10; i++) {
            a.poro().set("k", "first " + i);
        }
        cluster.awaitAll();
        a.close();
        b.poro().set("k", "meanwhile");
        a.open();
        assertThat(a.poro().set("k", "second")).isTrue();
        requireEqual();
        assertThat(a.replica().incarnation()).isEqualTo(InMemoryCluster.INCARNATION);
        assertThat(a.replica().position()).isEqualTo(10L * (cluster.log().size() - 1));
        assertThat(a.replica().term()).isZero();
    }

    /** A copy of a message is not what its sender waits for. */
    @Test
    void whatIsCommittedTwiceIsAppliedTwiceEverywhere() throws InterruptedException {
        a.poro().add(KEY, 1);
        InMemoryCluster.Message last = cluster.log().get(cluster.log().size() - 1);
        cluster.commit(last.records());
        cluster.awaitAll();
        assertThat(a.poro().add(KEY, 1)).isEqualTo(3);
        requireEqual();
    }

    @Test
    @Tag("R16")
    void aMalformedMessageStopsTheReplica() throws InterruptedException {
        a.poro().set("k", "v");
        cluster.awaitAll();
        long digest = a.poro().digest();
        byte[] mark = new byte[RecordDescriptor.recordLength(0, RecordDescriptor.MARK_LENGTH)];
        long address = RawMemory.allocate(mark.length);
        RecordEncoder.encodeMark(address, EventType.DIGEST_MARK, 0, 0, 0);
        RawMemory.copy(address, mark, 0, mark.length);
        RawMemory.free(address, mark.length);
        cluster.commit(mark);
        assertThatExceptionOfType(StoreFailedException.class)
                .isThrownBy(() -> a.poro().set("k", "after it"))
                .withMessageContaining("a mark in a message");
        assertThat(a.awaitFailure()).hasMessageContaining("a mark in a message");
        assertThat(b.awaitFailure()).hasMessageContaining("a mark in a message");
        assertThatExceptionOfType(StoreFailedException.class).isThrownBy(a.replica()::endBatch);
        for (InMemoryCluster.Node node : List.of(a, b)) {
            assertThatExceptionOfType(AssertionError.class).isThrownBy(node::close);
            assertThat(Verification.run(node.poro().path(), Progress.NONE).digest())
                    .as("nothing of the message is there")
                    .isEqualTo(digest);
        }
    }
}
