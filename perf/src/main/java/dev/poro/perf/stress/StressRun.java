package dev.poro.perf.stress;

import dev.poro.engine.Poro;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** Runs the producers against a store and shows their progress. Any thread may call {@link #stop}. */
final class StressRun {
    /** An operation that takes longer is stuck. */
    private static final Duration STUCK_AFTER = Duration.ofSeconds(60);

    private static final long MIN_DISK_SPACE = 256 << 20;
    private static final long ROW_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long SAMPLE_MILLIS = 5;
    private static final int STACK_DEPTH = 12;

    private final Poro poro;
    private final Plan plan;
    private final List<Producer> producers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile String stopReason;

    /**
     * What to run.
     *
     * @param aheadProducers how many publish ahead; the others wait for each outcome
     * @param window how many events one publishes ahead
     * @param events after which the run ends
     * @param duration after which the run ends; {@code null} for none
     */
    record Plan(Workload workload, int aheadProducers, int window, long events, Duration duration) {
        @Override
        public String toString() {
            int count = workload.producers();
            return String.format(
                    Locale.ROOT,
                    "%d %s: %d wait for each outcome, %d publish ahead by up to %d events",
                    count,
                    count == 1 ? "producer" : "producers",
                    count - aheadProducers,
                    aheadProducers,
                    window);
        }
    }

    StressRun(Poro poro, Plan plan) {
        this.poro = poro;
        this.plan = plan;
        int count = plan.workload().producers();
        for (int number = 0; number < count; number++) {
            // The first ones take the remainder.
            long limit = plan.events() / count + (number < plan.events() % count ? 1 : 0);
            int window = number < plan.aheadProducers() ? plan.window() : 0;
            Producer producer = new Producer(plan.workload(), number, poro, window, limit, () -> stopReason != null);
            Thread thread = new Thread(producer, "producer-" + number);
            thread.setDaemon(true);
            producers.add(producer);
            threads.add(thread);
        }
    }

    /** Asks the producers to end soon. The first reason counts. */
    synchronized void stop(String reason) {
        if (stopReason == null) {
            stopReason = reason;
        }
    }

    /** Why the producers were asked to end; {@code null} if they published all they had to. */
    String stopReason() {
        return stopReason;
    }

    /** What ended producers too early. */
    List<String> failures() {
        List<String> failures = new ArrayList<>();
        for (int number = 0; number < producers.size(); number++) {
            Throwable failure = producers.get(number).failure();
            if (failure != null) {
                failures.add("producer " + number + " failed after "
                        + producers.get(number).published() + " events: " + failure);
            }
        }
        return failures;
    }

    /** What the producers say that they published. */
    List<LogChecker.Published> published() {
        return producers.stream()
                .map(producer -> new LogChecker.Published(producer.published(), producer.outcomes()))
                .toList();
    }

    /** The proof that the producers read nothing wrong. */
    Proof.Claim reads() {
        Problems problems = new Problems();
        producers.forEach(producer -> problems.addAll(producer.badReads()));
        long reads = producers.stream().mapToLong(Producer::reads).sum();
        return Proof.Claim.of(problems, "reads", "%,d returned what had been written, of own keys the latest", reads);
    }

    /**
     * Runs to the end.
     *
     * @throws IllegalStateException if the store makes no progress
     */
    Meter.Interval run(LiveTable table) throws InterruptedException {
        threads.forEach(Thread::start);
        Meter meter = new Meter(poro, producers);
        table.printHead();
        long start = System.nanoTime();
        long nextRow = start + ROW_NANOS;
        long operations = 0;
        long lastMove = start;
        // A digest mark of the store's own may follow the last event.
        while (threads.stream().anyMatch(Thread::isAlive) || poro.ring().used() > 0) {
            Thread.sleep(SAMPLE_MILLIS);
            meter.sample();
            long now = System.nanoTime();
            if (meter.operations() != operations) {
                operations = meter.operations();
                lastMove = now;
            }
            stopIfNeedBe(now - start, now - lastMove);
            if (now >= nextRow) {
                nextRow += ROW_NANOS;
                table.print(meter.next());
            }
        }
        meter.next();
        table.end();
        return meter.total();
    }

    private void stopIfNeedBe(long elapsedNanos, long stillNanos) {
        if (stillNanos > STUCK_AFTER.toNanos()) {
            throw new IllegalStateException(
                    "no operation has ended for " + STUCK_AFTER.toSeconds() + " s; the threads:" + stacks());
        }
        if (plan.duration() != null && elapsedNanos >= plan.duration().toNanos()) {
            stop("the time is over");
        } else if (producers.stream().map(Producer::failure).anyMatch(Objects::nonNull)) {
            stop("a producer failed");
        } else if (poro.path().toFile().getUsableSpace() < MIN_DISK_SPACE) {
            stop("the disk has less than " + Units.bytes(MIN_DISK_SPACE) + " left");
        }
    }

    private static String stacks() {
        StringBuilder text = new StringBuilder();
        Thread.getAllStackTraces().forEach((thread, stack) -> {
            if (thread.getName().startsWith("producer-") || thread.getName().startsWith("poro-")) {
                text.append("\n").append(thread.getName());
                Arrays.stream(stack)
                        .limit(STACK_DEPTH)
                        .forEach(frame -> text.append("\n    ").append(frame));
            }
        });
        return text.toString();
    }
}
