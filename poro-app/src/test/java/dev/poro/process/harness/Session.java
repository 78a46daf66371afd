package dev.poro.process.harness;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * One life of the program and the client that talks to it. The client sends without waiting, and checks each reply
 * against the model of what it has sent: OK, 0 or 1, the value; or that the disk is full, and then the change must not
 * have happened.
 */
public final class Session implements AutoCloseable {
    private static final int PATIENCE_S = 60;
    private static final int KEYS = 300;
    private static final int MAX_VALUE_LENGTH = 1_500;

    private final Process process;
    private final Map<String, String> model;
    private final SplittableRandom random;
    private final ConcurrentLinkedQueue<Step> unanswered = new ConcurrentLinkedQueue<>();
    private final List<Change> acknowledged = new ArrayList<>();
    private final List<Long> acknowledgedAt = new ArrayList<>();
    private final Thread receiver = new Thread(this::receive, "receiver");
    private final Thread errorReader = new Thread(this::readErrors, "errors");
    private Thread sender;
    private final AtomicInteger replies = new AtomicInteger();
    private final AtomicInteger refusals = new AtomicInteger();
    private volatile String failure;
    private volatile String stopMessage;
    private volatile String errors = "";

    /** @param change {@code null} for a GET */
    private record Step(String command, String key, Change change) {}

    private Session(Process process, Map<String, String> model, SplittableRandom random) {
        this.process = process;
        this.model = model;
        this.random = random;
        receiver.start();
        errorReader.start();
    }

    /** Starts a program that knows nothing but the state which the oracle knows. */
    public static Session start(List<String> command, Oracle oracle, SplittableRandom random) throws IOException {
        return new Session(new ProcessBuilder(command).start(), oracle.state(), random);
    }

    /** Sends random commands from now on, and then ends the input. */
    public Session send(int commands) {
        return send(commands, 0);
    }

    /** Sends a random command every millisecond until the program has ended. */
    public Session sendSlowly() {
        return send(Integer.MAX_VALUE, TimeUnit.MILLISECONDS.toNanos(1));
    }

    private Session send(int commands, long pauseNanos) {
        sender = new Thread(() -> sendRandom(commands, pauseNanos), "sender");
        sender.start();
        return this;
    }

    private void sendRandom(int commands, long pauseNanos) {
        try (BufferedWriter out = process.outputWriter()) {
            for (int i = 0; i < commands; i++) {
                Step step = nextStep(i);
                unanswered.add(step);
                out.write(step.command);
                out.write('\n');
                if (pauseNanos > 0) {
                    out.flush();
                    LockSupport.parkNanos(pauseNanos);
                } else if (random.nextInt(8) == 0) {
                    out.flush();
                }
            }
        } catch (IOException e) {
            // It has ended. What it said before tells more.
        }
    }

    private Step nextStep(int number) {
        String key = "key" + random.nextInt(KEYS);
        int kind = random.nextInt(10);
        if (kind == 0) {
            return new Step("GET " + key, key, null);
        }
        int length = random.nextInt(random.nextInt(10) == 0 ? MAX_VALUE_LENGTH : 40);
        String value = Long.toString(random.nextLong(), 36) + "." + number + "v".repeat(length);
        Change change = new Change(key, kind <= 2 ? null : value);
        return new Step(change.command(), key, change);
    }

    private void receive() {
        try (BufferedReader in = process.inputReader(StandardCharsets.UTF_8)) {
            for (String reply = in.readLine(); reply != null; reply = in.readLine()) {
                if (failure == null && !isLastWord(reply)) {
                    take(reply);
                }
            }
        } catch (IOException e) {
            failure = "cannot read the replies: " + e;
        }
    }

    /** The store has stopped: the command may have happened or not. */
    private boolean isLastWord(String reply) {
        if (reply.startsWith("(error) ERR ") && reply.contains("the store has stopped")) {
            stopMessage = reply;
        } else if (stopMessage != null) {
            failure = "a reply after the store has stopped: " + reply;
        }
        return stopMessage != null;
    }

    private void take(String reply) {
        Step step = unanswered.peek();
        if (step == null) {
            failure = "a reply to nothing: " + reply;
            return;
        }
        if (step.change != null && reply.startsWith("(error) ERR ") && reply.contains("the log takes no events now")) {
            refusals.incrementAndGet();
        } else {
            String expected = step.change == null ? shown(model.get(step.key)) : step.change.applyTo(model);
            if (!expected.equals(reply)) {
                failure = "the reply to " + step.command + " is " + reply + " and not " + expected;
                return;
            }
            if (step.change != null) {
                synchronized (this) {
                    acknowledged.add(step.change);
                    acknowledgedAt.add(System.nanoTime());
                }
            }
        }
        unanswered.remove();
        replies.incrementAndGet();
    }

    private static String shown(String value) {
        return value == null ? "(nil)" : '"' + value + '"';
    }

    private void readErrors() {
        try (InputStream in = process.getErrorStream()) {
            errors = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            errors = e.toString();
        }
    }

    public long pid() {
        return process.pid();
    }

    /** Replies so far. */
    public int replies() {
        return replies.get();
    }

    /** Waits until the program has replied so often, or has ended. */
    public Session awaitReplies(int count) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        while (replies.get() < count && process.isAlive()) {
            assertThat(System.nanoTime()).as("patience for reply %d", count).isLessThan(deadline);
            Thread.sleep(1);
        }
        return this;
    }

    /**
     * Kills it with SIGKILL, and waits until all it has said is read. Process.destroyForcibly would throw away what is
     * still in the pipe: replies that were given.
     */
    public void kill() throws InterruptedException {
        process.toHandle().destroyForcibly();
        awaitEnd();
    }

    /** Waits for the end of it, whatever brings it about. Returns the exit status. */
    public int awaitEnd() throws InterruptedException {
        if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
            throw new AssertionError("does not end: " + process.info() + "\n" + stacks());
        }
        receiver.join();
        errorReader.join();
        if (sender != null) {
            sender.join();
        }
        assertThat(failure).as("wrong replies; errors: %s", errors).isNull();
        return process.exitValue();
    }

    /** Where its threads are. */
    private String stacks() {
        try {
            return Machine.run(Path.of(System.getProperty("java.home"), "bin", "jstack"), process.pid());
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Changes that were replied to, and not refused, in their order. */
    public synchronized List<Change> acknowledged() {
        return List.copyOf(acknowledged);
    }

    /** How many of them were acknowledged before this {@link System#nanoTime}. */
    public synchronized int acknowledgedBefore(long nanoTime) {
        int count = 0;
        while (count < acknowledgedAt.size() && acknowledgedAt.get(count) < nanoTime) {
            count++;
        }
        return count;
    }

    /** Changes that were sent and not replied to, in their order. */
    List<Change> inFlight() {
        return unanswered.stream()
                .map(Step::change)
                .filter(change -> change != null)
                .toList();
    }

    /** Changes that were refused because the log took none. */
    public int refusals() {
        return refusals.get();
    }

    /** The reply that said that the store has stopped, or {@code null}. */
    String stopMessage() {
        return stopMessage;
    }

    /** What it wrote to standard error. Complete once it has ended. */
    public String errors() {
        return errors;
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
