package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.EventType;
import dev.poro.wal.RecoveryReport.Verdict;
import dev.poro.wal.ReplayProgress;
import dev.poro.wal.SyncPolicy;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Kills the real program at random moments, again and again on the same log. The oracle is outside of it: what this
 * test has sent, and how many replies it has read. After each kill the log must hold all commands that were replied to,
 * perhaps some more of those that were sent, and nothing else.
 */
class KillIT {
    private static final int ROUNDS = Boolean.getBoolean("poro.test.exhaustive") ? 300 : 7;
    private static final int MAX_COMMANDS = 200_000;
    private static final int KEYS = 500;

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(SyncPolicy.class)
    void losesNothingAcknowledged(SyncPolicy sync) throws Exception {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        Path log = directory.resolve("poro.wal");
        Map<String, String> model = new HashMap<>();
        long changesBefore = 0;
        for (int round = 0; round < ROUNDS; round++) {
            Session session = new Session(log, sync, random.split());
            session.runAndKillAfter(random.nextInt(250));

            LogVerification verified = LogVerification.of(log, ReplayProgress.NONE);
            long applied = changesIn(verified) - changesBefore;
            String context = sync + ", round " + round + ", seed " + seed;
            assertThat(verified.log().verdict()).as(context).isIn(Verdict.SOUND, Verdict.UNFORCED_TAIL);
            assertThat(applied)
                    .as("applied; sent %d, replied %d; %s", session.sent.size(), session.replied.get(), context)
                    .isBetween((long) session.replied.get(), (long) session.sent.size());
            for (Change change : session.sent.subList(0, (int) applied)) {
                change.applyTo(model);
            }
            assertHolds(log, sync, model, context);
            changesBefore += applied;
        }
    }

    private static long changesIn(LogVerification verified) {
        return verified.eventsByType().get(EventType.SET)
                + verified.eventsByType().get(EventType.DELETE);
    }

    /** Opens the log as the next process would. */
    private static void assertHolds(Path log, SyncPolicy sync, Map<String, String> model, String context) {
        try (Poro poro = Poro.at(log).sync(sync).memory(64 << 20).open()) {
            assertThat(poro.keys()).as(context).isEqualTo(model.size());
            model.forEach((key, value) -> assertThat(poro.get(key)).as(context).isEqualTo(value));
        }
    }

    /** @param value {@code null} to delete the key */
    private record Change(String key, String value) {
        String command() {
            return value == null ? "DEL " + key : "SET " + key + " " + value;
        }

        void applyTo(Map<String, String> model) {
            if (value == null) {
                model.remove(key);
            } else {
                model.put(key, value);
            }
        }
    }

    /** One life of the program. */
    private static final class Session {
        final List<Change> sent = new ArrayList<>();
        final AtomicInteger replied = new AtomicInteger();
        private final Process process;
        private final SplittableRandom random;

        Session(Path log, SyncPolicy sync, SplittableRandom random) throws IOException {
            this.random = random;
            this.process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-jar",
                            System.getProperty("poro.jar"),
                            "--wal",
                            log.toString(),
                            "--sync",
                            sync.name().toLowerCase(Locale.ROOT),
                            "--memory",
                            "64m")
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        }

        /** Lets it run for some milliseconds from its first reply on. */
        void runAndKillAfter(int millis) throws InterruptedException {
            Thread sender = new Thread(this::send);
            Thread receiver = new Thread(this::receive);
            sender.start();
            receiver.start();
            while (replied.get() == 0 && process.isAlive()) {
                Thread.sleep(1);
            }
            Thread.sleep(millis);
            process.destroyForcibly();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            sender.join();
            receiver.join();
        }

        private void send() {
            try (BufferedWriter commands = process.outputWriter()) {
                for (int i = 0; i < MAX_COMMANDS; i++) {
                    Change change = nextChange();
                    sent.add(change);
                    commands.write(change.command());
                    commands.write('\n');
                    if (random.nextInt(8) == 0) {
                        commands.flush();
                    }
                }
                commands.flush();
                process.waitFor();
            } catch (IOException e) {
                // It was killed.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private Change nextChange() {
            String key = "key" + random.nextInt(KEYS);
            return new Change(key, random.nextInt(4) == 0 ? null : Long.toString(random.nextLong(), 36));
        }

        private void receive() {
            try (BufferedReader replies = process.inputReader()) {
                for (String reply = replies.readLine(); reply != null; reply = replies.readLine()) {
                    if (!reply.equals("OK") && !reply.startsWith("(integer) ")) {
                        throw new AssertionError("unexpected reply: " + reply);
                    }
                    replied.incrementAndGet();
                }
            } catch (IOException e) {
                // It was killed.
            }
        }
    }
}
