package dev.poro.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.Histories;
import dev.poro.engine.MortalMachine;
import dev.poro.engine.Poro;
import dev.poro.engine.PoroException;
import dev.poro.engine.ScanPage;
import dev.poro.engine.SteppedStore;
import dev.poro.engine.SyncPolicy;
import dev.poro.events.TestScale;
import dev.poro.statemachine.SeededStateMachine;
import dev.poro.wal.simulated.SimulatedStorage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Random histories of two clients over every command, on a disk and a clock that are simulated: the store dies at any
 * operation of the disk, with the power or without. Every reply is what {@link NaiveStrings} replies, and what is there
 * after a death is what was there after one of the commands: after the last one that was promised, or a later one.
 */
class CommandCrashTest {
    private static final int STEPS = 250;
    private static final int CLIENTS = 2;
    private static final int MAX_VALUE_LENGTH = 2_000;
    private static final int HOUR = 3_600_000;

    /** Commands that no history has, and why. */
    private static final Map<String, String> EXEMPT = Map.of(
            "GETAT", "is compared with a model of the past in ChangeLogTest",
            "HISTORY", "is compared with a model of the past in ChangeLogTest",
            "BGSAVE", "takes a thread of its own; SAVE writes the same snapshot",
            "LASTSAVE", "shows when a snapshot was written, and nothing of the data",
            "WAITAOF", "waits for the disk; it neither reads nor changes data",
            "PORO.DURABLE", "shows how far the log was forced; each recovery is compared with that",
            "PORO.INFO", "describes the store in words",
            "PORO.TOKEN", "is for the command after it; TokenCrashTest and TokensOverRespTest send changes again",
            "INFO", "describes the store in words");

    private static final String MORE_SHAPES = "WATCH k k k k; MULTI; EXEC; ".repeat(10) + """
            RANDOMKEY; DUMP k; time; SNAPSHOT; SAVE; SET k v IFEQ v; SET k v IFEQ v GET TIME; SET k v IFEQ v NX;
            OBJECT HELP; MEMORY HELP; MEMORY USAGE k; MEMORY USAGE k SAMPLES 5; PORO.SEQ k; PORO.SEQ k; SCAN 0;
            SCAN 0 COUNT 3; FLUSHDB; DELETE k k; EXEC;
            EXPIRE k t; PEXPIRE k t; SET k v TIME; SET k v TIME; GETEX k TIME; GETEX k PERSIST; PTTL k; PERSIST k;
            RENAME k k; COPY k k REPLACE; MSET k v k v k v; APPEND k v; SET number i; SET k v KEEPTTL;
            SET k v KEEPTTL GET; SET k v XX KEEPTTL; SET k v KEEPTTL; PEXPIRE k t; SET float f
            """;

    private static final List<String> MORE_TIMES =
            List.of("1", "2", "5", "30", "90", "500", "1500", "4000", "20000", "1001", "1060", "1100000", "4600000");

    /** What a run should meet, so that it shows something. */
    private enum Met {
        DEATHS_IN_A_COMMAND,
        COMMANDS_THAT_SURVIVED_THEIR_DEATH,
        DEATHS_WHILE_OPENING,
        POWER_CUTS,
        LOST_COMMANDS,
        CLEAN_CLOSES,
        TRANSACTIONS,
        DISTURBED_TRANSACTIONS,
        KEYS_EXPIRED
    }

    private final Histories<Met> histories = new Histories<>("commands and crashes", Met.class);
    private final Set<String> named = new TreeSet<>();
    private final NaiveStrings.Client[] clients = new NaiveStrings.Client[CLIENTS];
    private final Session[] sessions = new Session[CLIENTS];
    private final RespTokens replies = new RespTokens();

    /** The last commands, for a message. */
    private final Deque<String> last = new ArrayDeque<>();

    /** After each command, the first before any; and the sequence of the store then. */
    private final List<NaiveStrings.State> states = new ArrayList<>();

    private final List<Long> sequences = new ArrayList<>();

    private MortalMachine machine;
    private Random random;
    private RandomCommands generator;
    private NaiveStrings model;
    private SteppedStore stepped;
    private CommandStore store;

    @Test
    @Tag("R16")
    @Tag("R17")
    @Tag("R27")
    @Tag("R28")
    void repliesAsAModelDoesAndLosesNothingOfWhatItPromised() {
        if (!histories.run(TestScale.choose(10, 100_000), Duration.ofMinutes(5), this::runTold)) {
            return;
        }
        Set<String> missing = new TreeSet<>(RecordedSession.TABLE.names());
        missing.removeAll(named);
        assertThat(missing).as("commands that no history had").isEqualTo(new TreeSet<>(EXEMPT.keySet()));
    }

    /** A new command must be in the model, or be exempt for a reason. */
    @Test
    void noCommandIsForgotten() {
        for (String name : RecordedSession.TABLE.names()) {
            assertThat(NaiveStrings.knows(name) != EXEMPT.containsKey(name))
                    .as("%s is in the model, or exempt", name)
                    .isTrue();
        }
        for (Command<? super Session> command : RecordedSession.TABLE.commands()) {
            boolean isOfData = command.flags().contains(CommandFlag.WRITE)
                    || command.flags().contains(CommandFlag.READONLY);
            boolean isOfThePast = Set.of("GETAT", "HISTORY").contains(command.name());
            assertThat(isOfData && !isOfThePast && EXEMPT.containsKey(command.name()))
                    .as("%s reads or changes data", command)
                    .isFalse();
        }
    }

    private void runTold(long seed) throws IOException {
        try {
            run(seed);
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("after " + last + ": " + e.getMessage(), e);
        }
    }

    private void run(long seed) throws IOException {
        machine = new MortalMachine(seed);
        random = machine.random();
        generator = new RandomCommands(seed, MORE_SHAPES, MORE_TIMES);
        model = new NaiveStrings(MAX_VALUE_LENGTH);
        last.clear();
        states.clear();
        sequences.clear();
        states.add(model.state());
        open();
        sequences.add(stepped.poro().sequence());
        try {
            for (int step = 0; step < STEPS; step++) {
                take();
            }
        } finally {
            machine.kill(stepped::close);
            machine.release();
        }
    }

    private void take() throws IOException {
        switch (random.nextInt(80)) {
            case 0 -> die(states.size() - 1);
            case 1 -> closeAndReopen();
            case 2, 3 -> machine.dieWithin(12);
            case 4, 5 -> machine.disk().advanceClock(random.nextInt(2 * HOUR));
            case 6, 7, 8 -> machine.work();
            case 9, 10 -> requireScansAll();
            default -> command();
        }
        if (machine.disk().hasCrashed()) {
            die(states.size() - 1);
        }
    }

    private void open() {
        stepped = SteppedStore.open(
                Poro.at(Path.of("simulated"))
                        .sync(machine.policy())
                        .segmentLength(64 << 10)
                        .maxValueLength(MAX_VALUE_LENGTH)
                        .ringCapacity(64),
                machine.threading(),
                1 << 20,
                20,
                machine.disk()::elapsedMillis,
                reserve -> SeededStateMachine.of(reserve, 1),
                machine::openLog);
        store = CommandStore.of(stepped.poro());
        for (int i = 0; i < CLIENTS; i++) {
            clients[i] = new NaiveStrings.Client();
            sessions[i] = new Session(store, replies) {};
        }
    }

    private void command() throws IOException {
        machine.disk().advanceClock(random.nextBoolean() ? 0 : random.nextInt(2_000));
        int who = random.nextInt(CLIENTS);
        List<byte[]> words = generator.next();
        List<String> texts = words.stream()
                .map(word -> new String(word, StandardCharsets.ISO_8859_1))
                .toList();
        last.add(who + " " + shown(texts));
        if (last.size() > 12) {
            last.remove();
        }
        Command<? super Session> command = RecordedSession.TABLE.named(words.get(0));
        named.add(texts.get(0).toUpperCase(Locale.ROOT));
        boolean wasInTransaction = clients[who].isInTransaction();
        List<Object> expected = model.run(clients[who], texts, store.now());
        states.add(model.state());
        List<String> reply;
        try {
            String error = command.arityErrorOf(words);
            if (error == null) {
                command.run(sessions[who], words);
            } else {
                command.refuse(sessions[who], error);
            }
            reply = replies.take();
        } catch (PoroException | SimulatedStorage.Crash e) {
            replies.take();
            machine.requireDead(e);
            reply = null;
        }
        if (machine.disk().hasCrashed()) {
            histories.meet(Met.DEATHS_IN_A_COMMAND);
            die(states.size() - 2);
            return;
        }
        sequences.add(stepped.poro().sequence());
        requireReply(expected, reply);
        requireContents();
        if (texts.get(0).equals("PORO.SEQ")
                && !wasInTransaction
                && !reply.get(0).equals(":0")
                && texts.size() == 2) {
            long changed = sequences.get((int) model.changedBy(texts.get(1)));
            assertThat(reply).as("sequence of the last change").containsExactly(":" + changed);
        }
        if (wasInTransaction && texts.get(0).equals("EXEC")) {
            histories.meet(reply.get(0).equals(RespTokens.NIL) ? Met.DISTURBED_TRANSACTIONS : Met.TRANSACTIONS);
        }
    }

    private static void requireReply(List<Object> expected, List<String> reply) {
        int at = 0;
        for (Object part : expected) {
            at = part instanceof NaiveStrings.Reply any
                    ? any.take(reply, at)
                    : at < reply.size() && reply.get(at).equals(part) ? at + 1 : -1;
            if (at < 0) {
                break;
            }
        }
        if (at != reply.size()) {
            throw new AssertionError("replied " + shown(reply) + ", expected " + shown(expected));
        }
    }

    private void requireContents() {
        Map<String, NaiveStrings.Value> expected = states.get(states.size() - 1).contents(store.now());
        Map<String, NaiveStrings.Value> found = contents();
        if (!found.equals(expected)) {
            assertThat(found).isEqualTo(expected);
        }
    }

    private static String shown(List<?> parts) {
        StringBuilder shown = new StringBuilder();
        for (Object part : parts) {
            String text = part.toString();
            String cut = text.length() > 60 ? text.substring(0, 60) + "...(" + text.length() + ")" : text;
            shown.append(cut.isEmpty() ? "''" : cut.replaceAll("[^\\x21-\\x7e ]", "?"))
                    .append(' ');
        }
        return shown.toString().trim();
    }

    /** From one cursor to the next, in pages of any size. */
    private void requireScansAll() {
        NaiveStrings.State now = states.get(states.size() - 1);
        List<byte[]> found = new ArrayList<>();
        long cursor = 0;
        do {
            ScanPage page = store.scan(cursor, 1 + random.nextInt(4));
            found.addAll(page.keys());
            cursor = page.next();
        } while (cursor != 0);
        Set<String> keys = new HashSet<>();
        found.forEach(key -> keys.add(textOf(key)));
        assertThat(keys).isEqualTo(now.contents(store.now()).keySet()).hasSize(found.size());
    }

    private static String textOf(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private void closeAndReopen() {
        try {
            stepped.close();
        } catch (PoroException | SimulatedStorage.Crash e) {
            machine.requireDead(e);
        }
        if (machine.disk().hasCrashed()) {
            die(states.size() - 1);
            return;
        }
        histories.meet(Met.CLEAN_CLOSES);
        machine.disk().restart();
        cutPower();
        open();
        requireState(states.size() - 1, stepped.poro().sequence());
    }

    private void cutPower() {
        histories.meet(Met.POWER_CUTS);
        machine.cutPower();
    }

    /**
     * The process dies and the next one opens the log.
     *
     * @param acknowledged the number of the last command that was replied to; there may be one more, in which it died
     */
    private void die(int acknowledged) {
        long durable = stepped.poro().durableSequence();
        boolean hadPower = random.nextBoolean();
        machine.kill(stepped::close);
        if (!hadPower) {
            cutPower();
        }
        if (random.nextInt(4) == 0) {
            machine.dieWithin(10);
        }
        try {
            open();
        } catch (PoroException | SimulatedStorage.Crash e) {
            machine.requireDead(e);
        }
        if (machine.disk().hasCrashed()) {
            histories.meet(Met.DEATHS_WHILE_OPENING);
            machine.disk().restart();
            open();
        }
        machine.disk().crashAt(Long.MAX_VALUE);
        long reached = stepped.poro().opening().lastSequence();
        assertThat(reached).as("durable").isGreaterThanOrEqualTo(durable);
        if (machine.policy() == SyncPolicy.ALWAYS || hadPower) {
            assertThat(reached).as("acknowledged").isGreaterThanOrEqualTo(sequences.get(acknowledged));
        }
        requireState(acknowledged, reached);
    }

    /** The store must be as after the last command that is in the log, and goes on from there. */
    private void requireState(int acknowledged, long reached) {
        int expected = acknowledged;
        while (expected > 0 && sequences.get(expected) > reached) {
            expected--;
        }
        if (expected < acknowledged) {
            histories.meet(Met.LOST_COMMANDS);
        }
        Map<String, NaiveStrings.Value> found = contents();
        boolean mayBeNext = states.size() - 1 > acknowledged && reached > sequences.get(acknowledged);
        Map<String, NaiveStrings.Value> before = states.get(expected).contents(store.now());
        if (mayBeNext && !found.equals(before)) {
            histories.meet(Met.COMMANDS_THAT_SURVIVED_THEIR_DEATH);
            expected = states.size() - 1;
            sequences.add(reached);
        }
        NaiveStrings.State state = states.get(expected);
        assertThat(found).as("after command %d of %d", expected, acknowledged).isEqualTo(state.contents(store.now()));
        if (found.size() < state.entries().size()) {
            histories.meet(Met.KEYS_EXPIRED);
        }
        states.subList(expected + 1, states.size()).clear();
        sequences.subList(expected + 1, sequences.size()).clear();
        model.restore(state);
    }

    private Map<String, NaiveStrings.Value> contents() {
        Map<String, NaiveStrings.Value> contents = new TreeMap<>();
        store.forEachKey(key -> {
            Item item = store.item(key);
            contents.put(textOf(key), new NaiveStrings.Value(textOf(item.value()), item.expiry()));
        });
        return contents;
    }
}
