package dev.poro.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pipelines that a replica sends without waiting for them. */
@Timeout(60)
class SentPipelineTest {
    private static final byte[] KEY = "key".getBytes(UTF_8);

    @TempDir
    private Path directory;

    private final InMemoryCluster cluster = new InMemoryCluster(64 << 10);
    private final Semaphore told = new Semaphore(0);
    private InMemoryCluster.Node node;
    private Poro poro;

    @BeforeEach
    void begin() {
        node = cluster.start(directory.resolve("a"), settings -> settings.threading(Threading.CALLER));
        node.replica().adoptMemoryBudget();
        poro = node.poro();
    }

    @AfterEach
    void end() {
        cluster.close();
    }

    private Pipeline sent(Pipeline pipeline) {
        assertThat(pipeline.send(told::release)).isTrue();
        return pipeline;
    }

    private void awaitTold() throws InterruptedException {
        assertThat(told.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void manyAreOnTheirWayAndHappenInTheirOrder() throws InterruptedException {
        cluster.hold(true);
        List<Pipeline> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            Pipeline pipeline = poro.pipeline();
            pipeline.get(KEY);
            pipeline.add(KEY, 1);
            pipeline.get(KEY);
            all.add(sent(pipeline));
        }
        assertThat(all).noneMatch(Pipeline::isDone);
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> all.get(0).number(1))
                .withMessageContaining("not finished");
        cluster.hold(false);
        awaitTold();
        for (int i = 0; i < 20; i++) {
            Pipeline pipeline = all.get(i);
            pipeline.finish();
            assertThat(pipeline.isDone()).isTrue();
            assertThat(pipeline.value(0)).as("before").isEqualTo(i == 0 ? null : bytes(i));
            assertThat(pipeline.number(1)).isEqualTo(i + 1);
            assertThat(pipeline.value(2)).as("after").isEqualTo(bytes(i + 1));
            pipeline.finish();
            pipeline.reset();
        }
        assertThat(poro.get(KEY)).isEqualTo(bytes(20));
    }

    private static byte[] bytes(int number) {
        return Integer.toString(number).getBytes(UTF_8);
    }

    @Test
    void whoIsToldFindsItDone() throws InterruptedException {
        Pipeline pipeline = poro.pipeline();
        for (int round = 0; round < 200; round++) {
            pipeline.add(KEY, 1);
            boolean[] isDone = new boolean[1];
            CountDownLatch isTold = new CountDownLatch(1);
            assertThat(pipeline.send(() -> {
                        isDone[0] = pipeline.isDone();
                        isTold.countDown();
                    }))
                    .isTrue();
            assertThat(isTold.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(isDone[0]).as("round %d", round).isTrue();
            pipeline.finish();
            assertThat(pipeline.number(0)).isEqualTo(round + 1);
            pipeline.reset();
        }
    }

    @Test
    void eachIsToldAlsoByOneForAll() throws InterruptedException {
        Runnable release = told::release;
        cluster.hold(true);
        List<Pipeline> all = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            all.add(poro.pipeline());
            all.get(i).add(KEY, 1);
            assertThat(all.get(i).send(release)).isTrue();
        }
        cluster.hold(false);
        assertThat(told.tryAcquire(10, 20, TimeUnit.SECONDS)).isTrue();
        cluster.awaitAll();
        assertThat(told.availablePermits()).as("more than once").isZero();
        assertThat(all).allMatch(Pipeline::isDone);
    }

    /** A service whose batches end, or not, when the test says so: the messages are given to the replica by it. */
    private Replica replicaOf(List<Long> sentNumbers) {
        Replica replica = Poro.at(directory.resolve("alone"))
                .sync(SyncPolicy.OS)
                .threading(Threading.CALLER)
                .openReplica(new Replicator() {
                    @Override
                    public int maxMessageLength() {
                        return 64 << 10;
                    }

                    @Override
                    public void send(long number, long address, int length) {
                        sentNumbers.add(number);
                    }

                    @Override
                    public boolean isLeader() {
                        return false;
                    }

                    @Override
                    public long timeMillis() {
                        return 1;
                    }
                });
        replica.begin(InMemoryCluster.INCARNATION);
        return replica;
    }

    @Test
    void whoIsOnItsWayWhenTheReplicaClosesIsTold() {
        List<Long> numbers = new ArrayList<>();
        Replica replica = replicaOf(numbers);
        Pipeline pipeline = replica.store().pipeline();
        pipeline.get(KEY);
        sent(pipeline);
        new CommittedLog.Message(1, 0, 10, new byte[0]).commitTo(replica, numbers.get(0));
        replica.close();
        assertThat(told.tryAcquire()).as("the batch was never ended").isTrue();
        assertThat(pipeline.isDone()).isTrue();
        pipeline.finish();
        assertThat(pipeline.value(0)).isNull();
    }

    @Test
    void whoIsOnItsWayWhenTheReplicaFailsIsTold() {
        List<Long> numbers = new ArrayList<>();
        Replica replica = replicaOf(numbers);
        Pipeline pipeline = replica.store().pipeline();
        pipeline.get(KEY);
        sent(pipeline);
        CommittedLog.Message message = new CommittedLog.Message(1, 0, 10, new byte[0]);
        message.commitTo(replica, numbers.get(0));
        assertThatExceptionOfType(StoreFailedException.class)
                .as("twice at one position")
                .isThrownBy(() -> message.commitTo(replica));
        assertThat(told.tryAcquire()).isTrue();
        assertThat(pipeline.isDone()).isTrue();
        pipeline.close();
        assertThatExceptionOfType(StoreFailedException.class).isThrownBy(replica::close);
    }

    @Test
    void oneThatReadsOnlyIsCurrent() throws InterruptedException {
        InMemoryCluster.Node other = cluster.start(directory.resolve("b"), settings -> settings);
        other.poro().set(KEY, KEY);
        Pipeline pipeline = poro.pipeline();
        pipeline.get(KEY);
        sent(pipeline);
        pipeline.finish();
        assertThat(pipeline.value(0)).isEqualTo(KEY);
    }

    @Test
    void whatIsRejectedSaysSo() throws InterruptedException {
        Pipeline pipeline = poro.pipeline();
        cluster.forget(true);
        pipeline.set(KEY, KEY);
        sent(pipeline);
        node.replica().rejectAll(true);
        awaitTold();
        assertThat(pipeline.isDone()).isTrue();
        assertThatExceptionOfType(NotCommittedException.class)
                .isThrownBy(pipeline::finish)
                .matches(NotCommittedException::mayStillHappen);
        assertThat(pipeline.outcome(0)).isEqualTo(PipelineOutcome.UNKNOWN);
        cluster.forget(false);

        pipeline.reset();
        cluster.refuse(true);
        pipeline.set(KEY, KEY);
        assertThatExceptionOfType(NotCommittedException.class)
                .isThrownBy(() -> pipeline.send(told::release))
                .matches(refused -> !refused.mayStillHappen());
        cluster.refuse(false);
        pipeline.reset();
        pipeline.set(KEY, KEY);
        pipeline.execute();
        assertThat(pipeline.existed(0)).isFalse();
    }

    /** The handlers still have the records of what nobody waits for. */
    @Test
    void oneThatIsNotFinishedMayBeUsedAgain() throws InterruptedException {
        cluster.hold(true);
        Pipeline pipeline = poro.pipeline();
        pipeline.set(KEY, bytes(1));
        sent(pipeline);
        pipeline.reset();
        pipeline.add(KEY, 1);
        sent(pipeline);
        Pipeline closed = poro.pipeline();
        closed.add(KEY, 1);
        sent(closed);
        closed.close();
        cluster.hold(false);
        pipeline.finish();
        assertThat(pipeline.number(0)).isEqualTo(2);
        awaitTold();
        cluster.awaitAll();
        assertThat(poro.get(KEY)).isEqualTo(bytes(3));
    }

    @Test
    void whatIsNoSingleMessageIsLeftToExecute() {
        Pipeline pipeline = poro.pipeline();
        assertThat(pipeline.send(told::release)).as("empty").isFalse();
        for (int i = 0; i <= Replica.MAX_MESSAGE_RECORDS; i++) {
            pipeline.add(KEY, 1);
        }
        assertThat(pipeline.send(told::release)).as("too many").isFalse();
        pipeline.execute();
        assertThat(pipeline.number(Replica.MAX_MESSAGE_RECORDS)).isEqualTo(Replica.MAX_MESSAGE_RECORDS + 1);
        pipeline.reset();
        for (int i = 0; i < 3; i++) {
            pipeline.set(KEY, new byte[30_000]);
        }
        assertThat(pipeline.send(told::release)).as("too long").isFalse();
        try (Poro own = Poro.at(directory.resolve("own")).sync(SyncPolicy.OS).open()) {
            Pipeline ofOwn = own.pipeline();
            ofOwn.add(KEY, 1);
            assertThat(ofOwn.send(told::release)).as("no replica").isFalse();
            ofOwn.execute();
            assertThat(ofOwn.number(0)).isEqualTo(1);
            assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> ofOwn.send(told::release));
        }
        assertThat(told.availablePermits()).isZero();
    }

    @Test
    @SuppressWarnings("try") // to be held is all that the resource is for
    void whatHasToWaitIsLeftToExecute() throws InterruptedException {
        Pipeline pipeline = poro.pipeline();
        pipeline.add(KEY, 1);
        boolean[] isSent = {true};
        try (ChangeHold hold = poro.holdChanges()) {
            Thread sender = new Thread(() -> isSent[0] = pipeline.send(told::release));
            sender.start();
            sender.join();
        }
        assertThat(isSent[0]).isFalse();
        assertThat(told.availablePermits()).isZero();
        pipeline.execute();
        assertThat(pipeline.number(0)).isEqualTo(1);
    }
}
