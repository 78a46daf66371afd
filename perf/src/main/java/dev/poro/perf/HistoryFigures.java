package dev.poro.perf;

import dev.poro.engine.Change;
import dev.poro.engine.ChangeFeed;
import dev.poro.engine.Poro;
import dev.poro.engine.Progress;
import dev.poro.engine.Retention;
import dev.poro.engine.SyncPolicy;
import dev.poro.engine.tools.ChangesStart;
import dev.poro.engine.tools.LogHistory;
import dev.poro.perf.bench.Machine;
import dev.poro.wal.RestorePoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/**
 * What the change log costs and gives: sets with and without it, in turns; how fast a feed catches up, and how soon it
 * has what was acknowledged; and how long questions about the past take.
 *
 * <p>{@code java -cp perf/target/benchmarks.jar dev.poro.perf.HistoryFigures [DIRECTORY [CHANGES]]} prints the figures
 * and writes them to {@code results.txt} in the directory.
 */
public final class HistoryFigures {
    private static final int ROUNDS = 9;
    private static final long ROUND_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int SETS_PER_LOOK = 256;
    private static final int KEYS_OF_SETS = 100_000;
    private static final int KEYS_OF_HISTORY = 1_000_000;
    private static final int QUESTIONS = 200;
    private static final int LIVE_CHANGES = 3_000;
    private static final int DIGITS = 3;
    private static final Duration LONG = Duration.ofSeconds(10);

    private final StringBuilder text = new StringBuilder();

    private HistoryFigures() {}

    /** Runs once. */
    public static void main(String[] args) throws Exception {
        Path directory = Files.createDirectories(Path.of(args.length > 0 ? args[0] : "."));
        int changes = args.length > 1 ? Integer.parseInt(args[1]) : 10_000_000;
        HistoryFigures figures = new HistoryFigures();
        Machine.describe(directory).forEach((name, value) -> figures.say("%s: %s", name, value));
        figures.sets(16);
        figures.sets(1_024);
        figures.live();
        figures.questions(changes);
        Files.writeString(directory.resolve("results.txt"), figures.text);
    }

    private void say(String format, Object... values) {
        String line = String.format(Locale.ROOT, format, values);
        System.out.println(line);
        text.append(line).append('\n');
    }

    /** A store without and one with a change log, in turns, so that both have the same machine. */
    private void sets(int valueLength) throws IOException {
        try (TemporaryLog off = new TemporaryLog();
                TemporaryLog on = new TemporaryLog();
                Poro without = Poro.at(off.path()).sync(SyncPolicy.OS).open();
                Poro with = Poro.at(on.path())
                        .sync(SyncPolicy.OS)
                        .changes(Retention.ofSize(1L << 30))
                        .open()) {
            List<Double> rates = new ArrayList<>();
            List<Double> ratesWith = new ArrayList<>();
            byte[] value = new byte[valueLength];
            for (int round = -3; round < ROUNDS; round++) {
                double rate = rate(without, value, round);
                double rateWith = rate(with, value, round);
                if (round >= 0) {
                    rates.add(rate);
                    ratesWith.add(rateWith);
                }
            }
            double median = Median.of(rates);
            double medianWith = Median.of(ratesWith);
            say(
                    "set of 16/%d bytes, 100,000 keys, os, one thread: %,.0f a second without, %,.0f with a change log:"
                            + " %.2f times as many",
                    valueLength, median, medianWith, medianWith / median);
        }
    }

    private static double rate(Poro poro, byte[] value, int round) {
        Keys keys = new Keys(KEYS_OF_SETS, 16, round + 3);
        long begin = System.nanoTime();
        long sets = 0;
        long elapsed = 0;
        while (elapsed < ROUND_NANOS) {
            for (int i = 0; i < SETS_PER_LOOK; i++) {
                poro.set(keys.random(), value);
            }
            sets += SETS_PER_LOOK;
            elapsed = System.nanoTime() - begin;
        }
        return sets * 1e9 / elapsed;
    }

    /** A set each millisecond under ALWAYS, and a feed that waits for it. */
    private void live() throws InterruptedException {
        try (TemporaryLog log = new TemporaryLog();
                Poro poro = Poro.at(log.path())
                        .sync(SyncPolicy.ALWAYS)
                        .changes(Retention.ALL)
                        .open()) {
            ConcurrentLinkedQueue<Long> delivered = new ConcurrentLinkedQueue<>();
            ChangeFeed feed = poro.changes().fromNow().open();
            Thread reader = new Thread(() -> {
                for (int i = 0; i < LIVE_CHANGES; i++) {
                    if (feed.next(LONG) == null) {
                        return;
                    }
                    delivered.add(System.nanoTime());
                }
            });
            reader.start();
            List<Long> acknowledged = new ArrayList<>();
            byte[] value = new byte[16];
            Keys keys = new Keys(KEYS_OF_SETS, 16);
            for (int i = 0; i < LIVE_CHANGES; i++) {
                poro.set(keys.random(), value);
                acknowledged.add(System.nanoTime());
                Thread.sleep(1);
            }
            reader.join();
            feed.close();
            Check.equal("changes delivered", LIVE_CHANGES, delivered.size());
            Histogram late = new Histogram(DIGITS);
            int i = 0;
            for (long time : delivered) {
                late.recordValue(Math.max(0, time - acknowledged.get(i++)));
            }
            say(
                    "feed, live, always, a set each ms: from acknowledgement to delivery p50 %.0f us, p99 %.0f us",
                    late.getValueAtPercentile(50) / 1e3, late.getValueAtPercentile(99) / 1e3);
        }
    }

    private void questions(int changes) throws IOException {
        try (TemporaryLog log = new TemporaryLog()) {
            Keys keys = new Keys(KEYS_OF_HISTORY, 16);
            ofOpenStore(log, keys, changes);
            ofClosedLog("from its change log", LogHistory.of(log.path(), Progress.NONE), keys.key(1), changes);
            ofClosedLog("by a replay", LogHistory.byReplay(log.path(), Progress.NONE), keys.key(1), changes);
        }
    }

    private void ofOpenStore(TemporaryLog log, Keys keys, int changes) throws IOException {
        try (Poro poro = Poro.at(log.path())
                .sync(SyncPolicy.OS)
                .memory(4L << 30)
                .changes(Retention.ALL)
                .open()) {
            byte[] value = new byte[16];
            List<Instant> times = new ArrayList<>();
            for (int i = 0; i < changes; i++) {
                poro.set(keys.random(), value);
                if (i % (changes / 100) == 0) {
                    times.add(Instant.now());
                }
            }
            say("disk: %.1f bytes a change of 16/16 bytes", (double) bytesOfChanges(log.path()) / changes);
            List<Double> rates = new ArrayList<>();
            for (int round = 0; round < 5; round++) {
                rates.add(catchUp(poro, changes));
            }
            say("feed, catching up on %,d changes of 16/16 bytes: %,.0f a second", changes, Median.of(rates));
            long begin = System.nanoTime();
            poro.history(keys.key(0), 1_000);
            say("the first question after opening, which makes the index: %.0f ms", (System.nanoTime() - begin) / 1e6);
            SplittableRandom random = new SplittableRandom(1);
            Histogram history = new Histogram(DIGITS);
            Histogram getAt = new Histogram(DIGITS);
            Histogram getAtTime = new Histogram(DIGITS);
            long found = 0;
            for (int i = 0; i < QUESTIONS; i++) {
                byte[] key = keys.key(random.nextInt(KEYS_OF_HISTORY)).clone();
                long start = System.nanoTime();
                found += poro.history(key, 1_000).size();
                history.recordValue(System.nanoTime() - start);
                long sequence = 1 + random.nextLong(changes);
                start = System.nanoTime();
                poro.getAt(key, sequence);
                getAt.recordValue(System.nanoTime() - start);
                Instant time = times.get(random.nextInt(times.size()));
                start = System.nanoTime();
                poro.getAt(key, time);
                getAtTime.recordValue(System.nanoTime() - start);
            }
            say(
                    "of 1,000,000 keys among %,d changes: history (%.1f changes a key) p50 %.1f ms, p99 %.1f ms;"
                            + " getAt a sequence p50 %.1f ms, p99 %.1f ms; getAt a time p50 %.1f ms, p99 %.1f ms",
                    changes,
                    (double) found / QUESTIONS,
                    millis(history, 50),
                    millis(history, 99),
                    millis(getAt, 50),
                    millis(getAt, 99),
                    millis(getAtTime, 50),
                    millis(getAtTime, 99));
        }
    }

    /** Each question begins anew, as a command does. */
    private void ofClosedLog(String how, LogHistory log, byte[] key, int changes) throws IOException {
        long begin = System.nanoTime();
        log.history(key, Integer.MAX_VALUE);
        long all = System.nanoTime();
        log.history(key, 1);
        long newest = System.nanoTime();
        log.getAt(key, RestorePoint.ofSequence(changes / 2));
        long then = System.nanoTime();
        log.changes(ChangesStart.last(10), new byte[0], true, (change, before) -> {});
        say(
                "a closed log of %,d changes, %s: history %.0f ms, the newest change of a key %.0f ms, get --at %.0f"
                        + " ms, tail --old %.0f ms",
                changes,
                how,
                (all - begin) / 1e6,
                (newest - all) / 1e6,
                (then - newest) / 1e6,
                (System.nanoTime() - then) / 1e6);
    }

    private static double millis(Histogram histogram, double percentile) {
        return histogram.getValueAtPercentile(percentile) / 1e6;
    }

    private static double catchUp(Poro poro, int changes) {
        long begin = System.nanoTime();
        try (ChangeFeed feed = poro.changes().fromEarliest().open()) {
            for (int i = 0; i < changes; i++) {
                Change change = feed.next(LONG);
                if (change == null || change.key().length != 16) {
                    throw new IllegalStateException("change " + i + " was " + change);
                }
            }
        }
        return changes * 1e9 / (System.nanoTime() - begin);
    }

    private static long bytesOfChanges(Path log) throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.list(log)) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".changes")).toList()) {
                bytes += Files.size(file);
            }
        }
        return bytes;
    }
}
