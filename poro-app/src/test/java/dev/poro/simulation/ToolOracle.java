package dev.poro.simulation;

import dev.poro.cli.ToolRun;
import dev.poro.wal.RecoveryReport;
import dev.poro.wal.RecoveryReport.Verdict;
import dev.poro.wal.simulated.SimulatedFileSystem;
import dev.poro.wal.simulated.SimulatedStorage;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Runs the tools that read a log, and judges what they say and exit with: 0 for a sound log, 1 for one that ends in a
 * tail, 2 for a damaged one; and if it is not 0, file, offset, sequence and what to do.
 */
final class ToolOracle {
    /** Where copies go. */
    static final String COPY = "/copy";

    private static final List<String> TOOLS = List.of("verify", "dump", "stats", "backup", "restore");

    private static final Pattern LAST_SEQUENCE =
            Pattern.compile("(?m)^(sequence  \\d+ to |until     sequence |sequence  )(?<last>\\d+|none)");

    private static final Pattern DUMPED = Pattern.compile("(?m)^(?<last>\\d+) \\S+Z ");
    private static final Pattern PLACE = Pattern.compile("\\d{10}\\.wal|\\d{19}\\.snapshot|/STORE");
    private static final Pattern OFFSET = Pattern.compile("offset [\\d,]+");
    private static final Pattern SEQUENCE =
            Pattern.compile("sequences? [\\d,]+|events? [\\d,]+ to [\\d,]+|no event is missing");
    private static final Pattern REMEDY =
            Pattern.compile("(?i)\\b(opening|open|opens|repair|salvage|restore|from a copy|left out|read it again)\\b");

    private final SimulatedFileSystem files;
    private final Random random;

    /**
     * What opening a log finds.
     *
     * @param isThere whether there is a segment, or something that shows that there was one
     * @param verdict of a log that opening refuses, damaged
     */
    record Found(boolean isThere, Verdict verdict, long lastSequence) {
        static Found of(SimulatedStorage log, RecoveryReport report) {
            boolean isThere = log.names().stream().anyMatch(name -> name.endsWith(".wal"));
            return report == null
                    ? new Found(true, Verdict.DAMAGED, -1)
                    : new Found(isThere, report.verdict(), report.lastSequence());
        }
    }

    ToolOracle(SimulatedFileSystem files, Random random) {
        this.files = files;
        this.random = random;
    }

    /** One of the tools, by chance. */
    ToolRun runAny() {
        return run(TOOLS.get(random.nextInt(TOOLS.size())));
    }

    ToolRun run(String tool) {
        return switch (tool) {
            case "backup" -> ToolRun.of(files, tool, SimulatedFileSystem.LOG, COPY);
            case "restore" -> ToolRun.of(files, tool, SimulatedFileSystem.LOG, COPY);
            default -> ToolRun.of(files, tool, SimulatedFileSystem.LOG);
        };
    }

    /**
     * Fails unless a tool has called a log sound that is.
     *
     * @param atLeast the last event that must be there
     * @param atMost the last one that can be
     */
    static void requireSound(ToolRun run, long atLeast, long atMost) {
        require(run.status() == 0, "the log is sound", run);
        require(!run.err().contains("poro:"), "complains of a sound log", run);
        long last = lastSequenceOf(run);
        if (last >= 0) {
            require(
                    last >= atLeast && last <= atMost,
                    "has read up to " + last + ", there was " + atLeast + " before and " + atMost + " afterwards",
                    run);
        }
    }

    /**
     * Fails unless a tool has called a log what opening it finds it to be.
     *
     * @param isDamaged whether there may be damage that opening does without
     */
    static void requireAgreement(ToolRun run, Found found, boolean isDamaged) {
        List<Integer> expected = statusesOf(run, found, isDamaged);
        require(expected.contains(run.status()), "should exit with one of " + expected + ", opening " + found, run);
        if (run.status() == 1 || run.status() == 2) {
            requireWords(run);
        } else if (run.status() != 0) {
            require(run.err().startsWith("poro: "), "does not say why", run);
        }
    }

    private static List<Integer> statusesOf(ToolRun run, Found found, boolean isDamaged) {
        boolean restores = run.command().startsWith("restore");
        boolean copies = restores || run.command().startsWith("backup");
        if (!found.isThere()) {
            return List.of(3);
        }
        if (found.verdict() == Verdict.DAMAGED) {
            return restores ? List.of(2, 3) : List.of(2);
        }
        if (copies && found.lastSequence() == 0) {
            return List.of(3);
        }
        int status = found.verdict() == Verdict.UNFORCED_TAIL ? 1 : 0;
        if (!isDamaged) {
            return List.of(status);
        }
        return copies ? List.of(status, 1) : List.of(status, 2);
    }

    private static void requireWords(ToolRun run) {
        String words = run.out() + run.err();
        requireSaid("file", PLACE, words, run);
        requireSaid("offset", OFFSET, words, run);
        requireSaid("sequence", SEQUENCE, words, run);
        requireSaid("remedy", REMEDY, words, run);
    }

    private static void requireSaid(String what, Pattern pattern, String words, ToolRun run) {
        require(pattern.matcher(words).find(), "names no " + what, run);
    }

    private static long lastSequenceOf(ToolRun run) {
        Pattern pattern = run.command().startsWith("dump") ? DUMPED : LAST_SEQUENCE;
        Matcher matcher = pattern.matcher(run.out());
        long last = -1;
        while (matcher.find()) {
            String found = matcher.group("last").toLowerCase(Locale.ROOT);
            last = found.equals("none") ? 0 : Long.parseLong(found);
        }
        return last;
    }

    private static void require(boolean condition, String what, ToolRun run) {
        if (!condition) {
            throw new AssertionError(what + ": " + run);
        }
    }
}
