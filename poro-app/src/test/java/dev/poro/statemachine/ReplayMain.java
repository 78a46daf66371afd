package dev.poro.statemachine;

import dev.poro.engine.Progress;
import dev.poro.engine.tools.LogEvents;
import dev.poro.events.RecordFlyweight;
import dev.poro.wal.LogVisitor;
import dev.poro.wal.RecoveryReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;

/** Replays a log and says what became of each event, what the state was after it, and what the contents are at last. */
public final class ReplayMain {
    private ReplayMain() {}

    /** @param arguments the log, the seed of the hash of the keys, the bytes to reserve */
    public static void main(String[] arguments) throws IOException {
        List<String> lines = replay(Path.of(arguments[0]), Long.parseLong(arguments[1]), Long.parseLong(arguments[2]));
        System.out.print(String.join("\n", lines));
    }

    /** What {@link #main} prints. */
    public static List<String> replay(Path log, long hashSeed, long reserveBytes) throws IOException {
        try (StateMachine machine = new StateMachine(reserveBytes, hashSeed)) {
            List<String> lines = new ArrayList<>();
            RecoveryReport report = LogEvents.run(log, new Recorder(machine, lines), Progress.NONE);
            lines.add(report.verdict() + " " + machine.keys() + " keys");
            addContents(machine, lines);
            return lines;
        }
    }

    /** How the line of an event begins. */
    public static String outcome(long sequence, Object outcome, long number) {
        return sequence + " " + outcome + " " + number + " ";
    }

    /** The entries that expire in the order in which they would be removed, the others in the order of their keys. */
    private static void addContents(StateMachine machine, List<String> lines) {
        TreeSet<String> others = new TreeSet<>();
        machine.forEachByExpiry((key, value, details) -> {
            String entry = Arrays.toString(key) + " " + details.sequence() + " " + Arrays.hashCode(value);
            if (details.expires()) {
                lines.add(entry + " until " + details.expiry());
            } else {
                others.add(entry);
            }
        });
        lines.addAll(others);
    }

    private static final class Recorder implements LogVisitor {
        private final StateMachine machine;
        private final List<String> lines;

        Recorder(StateMachine machine, List<String> lines) {
            this.machine = machine;
            this.lines = lines;
        }

        @Override
        public void onRecord(long sequence, long timestamp, RecordFlyweight record) {
            Object outcome = machine.apply(sequence, timestamp, record);
            lines.add(outcome(sequence, outcome, machine.outcomeNumber())
                    + Long.toHexString(machine.digest())
                    + " "
                    + machine.memoryUsed()
                    + " "
                    + machine.expiringKeys());
        }

        /** The mark states what the store had made of the events up to it. */
        @Override
        public void onMark(long nextSequence, long timestamp, RecordFlyweight mark) {
            machine.checkMark(mark);
        }
    }
}
