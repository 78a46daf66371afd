package dev.poro.cli;

import dev.poro.engine.Progress;
import dev.poro.engine.tools.SnapshotVerificationReport;
import dev.poro.engine.tools.Verification;
import dev.poro.engine.tools.VerificationReport;
import dev.poro.events.EventType;
import dev.poro.wal.LogProblem;
import dev.poro.wal.RecoveryReport;
import dev.poro.wal.SegmentReport;
import dev.poro.wal.SnapshotReport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import picocli.CommandLine.Command;

/** {@code poro verify}: replays a log and says whether it is sound. */
@Command(
        name = "verify",
        sortOptions = false,
        description = {
            "%nReplays a log through the same state machine as a store's, checks every checksum, sequence and digest"
                    + " mark, and says whether the log is sound. If its first segments were deleted, the replay begins"
                    + " with the oldest snapshot that covers them. Reads every snapshot to its end, and compares it"
                    + " with the replay at its sequence. If the log is not sound, reads on after the first problem and"
                    + " lists every one. A store may have the log open: it is read as it is now. Writes nothing to the"
                    + " log and takes no lock.%n"
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:The log is sound.",
            "1:The log ends in an unforced tail; opening would cut it off.",
            "2:The log is damaged, and opening would refuse it; or a snapshot is damaged that opening does not need."
                    + " Or the command line was wrong.",
            "3:There is no log there, or it cannot be read."
        })
final class VerifyCommand extends ReplayCommand {
    @Override
    VerificationReport read(Progress progress) {
        return Verification.run(path(), progress);
    }

    @Override
    int statusOf(VerificationReport verified) {
        return damagedSnapshots(verified).isEmpty() ? super.statusOf(verified) : ExitStatus.LOG_DAMAGED;
    }

    /** Describes damage that opening does not reach, because a snapshot covers the events there. */
    @Override
    String problemOf(VerificationReport verified) {
        RecoveryReport log = verified.log();
        Optional<SnapshotVerificationReport> opening = verified.snapshots().stream()
                .filter(SnapshotVerificationReport::opens)
                .reduce((older, newer) -> newer);
        if (log.verdict() != RecoveryReport.Verdict.DAMAGED || opening.isEmpty()) {
            return super.problemOf(verified);
        }
        return String.format(
                Locale.ROOT,
                "%s: damaged at offset %,d (sequence %d): %s. Opening does not need this part: it loads %s and"
                        + " continues after it. The history before that is damaged.",
                log.file(),
                log.offset(),
                log.lastSequence() + 1,
                log.description(),
                opening.get().file());
    }

    private static List<LogProblem> damagedSnapshots(VerificationReport verified) {
        return verified.snapshots().stream()
                .map(SnapshotVerificationReport::problem)
                .filter(Objects::nonNull)
                .toList();
    }

    @Override
    void print(VerificationReport verified, ReplyStream out) throws IOException {
        RecoveryReport log = verified.log();
        line(out, "log       %s", path());
        for (SegmentReport segment : log.segments()) {
            line(out, "segment   %s", describe(segment));
        }
        line(
                out,
                "sequence  %s",
                log.firstSequence() == 0 ? "none" : log.firstSequence() + " to " + log.lastSequence());
        line(out, "events    %,d", verified.events());
        for (EventType type : EventType.values()) {
            long count = verified.recordsByType().getOrDefault(type, 0L);
            if (count > 0) {
                line(out, "          %,d %s", count, type);
            }
        }
        line(out, "keys      %,d", verified.keys());
        line(out, "digest    %016x (%s)", verified.digest(), checksOf(verified));
        line(
                out,
                "replay    %,d ms, %,.2f million events/s",
                verified.elapsedMillis(),
                verified.eventsPerSecond() / 1e6);
        for (SnapshotVerificationReport snapshot : verified.snapshots()) {
            line(out, "snapshot  %s", describe(snapshot));
        }
        printProblems(verified.problems(), verified.problemCount(), out);
        printProblems(damagedSnapshots(verified), 0, out);
        for (String note : notesOf(verified)) {
            line(out, "note      %s", note);
        }
        line(
                out,
                "verdict   %s%s",
                verdictOf(log),
                damagedSnapshots(verified).isEmpty() ? "" : "; SNAPSHOT DAMAGED, opening does not need it");
    }

    private static List<String> notesOf(VerificationReport verified) {
        List<String> notes = new ArrayList<>();
        if (verified.log().snapshot() != null) {
            notes.add("the segments before " + verified.log().segments().get(0).file() + " were deleted; the replay"
                    + " begins with " + verified.log().snapshot().file());
        }
        if (!verified.problems().isEmpty()) {
            notes.add("keys, digest and digest marks are those before the first problem; after it they cannot be"
                    + " checked");
        }
        for (String name : verified.strayFiles()) {
            notes.add(
                    name.endsWith(".quarantine")
                            ? name + ": a copy of what an opening cut off; not part of the log"
                            : name + ": left unfinished by a crash, or being written; the next opening deletes it");
        }
        return notes;
    }

    private static String checksOf(VerificationReport verified) {
        long marks = verified.recordsByType().get(EventType.DIGEST_MARK)
                + verified.recordsByType().get(EventType.CLEAN_CLOSE);
        return verified.digestsChecked()
                ? "agrees with " + marks + (marks == 1 ? " mark" : " marks")
                : "of these events alone: the events before them are missing";
    }

    private static String describe(SegmentReport segment) {
        return segment.firstSequence() == 0
                ? String.format(Locale.ROOT, "%s  unused, prepared ahead", segment.file())
                : String.format(
                        Locale.ROOT,
                        "%s  sequence %d to %d, %,d frames, %,d of %,d bytes",
                        segment.file(),
                        segment.firstSequence(),
                        segment.lastSequence(),
                        segment.frames(),
                        segment.usedBytes(),
                        segment.fileBytes());
    }

    private static String describe(SnapshotVerificationReport verified) {
        SnapshotReport snapshot = verified.snapshot();
        if (snapshot == null) {
            return verified.file() + (verified.problem() == null ? "  the log does not reach back to it" : "  damaged");
        }
        return String.format(
                Locale.ROOT,
                "%s  sequence %d, %,d keys, %,d bytes%s",
                verified.file(),
                snapshot.summary().sequence(),
                snapshot.summary().keys(),
                snapshot.fileBytes(),
                verified.agrees() ? "; agrees with the replay" : "");
    }

    private static String verdictOf(RecoveryReport log) {
        switch (log.verdict()) {
            case SOUND:
                return log.closedCleanly() ? "sound, closed cleanly" : "sound, not closed cleanly (or still open)";
            case UNFORCED_TAIL:
                return "unforced tail";
            case DAMAGED:
                return "DAMAGED";
        }
        throw new AssertionError(log.verdict());
    }

    @Override
    JsonObject json(VerificationReport verified) {
        RecoveryReport log = verified.log();
        List<JsonObject> segments = new ArrayList<>();
        for (SegmentReport segment : log.segments()) {
            segments.add(new JsonObject()
                    .add("file", segment.file())
                    .add("firstSequence", segment.firstSequence())
                    .add("lastSequence", segment.lastSequence())
                    .add("frames", segment.frames())
                    .add("usedBytes", segment.usedBytes())
                    .add("fileBytes", segment.fileBytes()));
        }
        List<JsonObject> snapshots = new ArrayList<>();
        for (SnapshotVerificationReport snapshot : verified.snapshots()) {
            snapshots.add(json(snapshot));
        }
        JsonObject byType = new JsonObject();
        for (EventType type : EventType.values()) {
            if (verified.recordsByType().containsKey(type)) {
                byType.add(type.name(), verified.recordsByType().get(type));
            }
        }
        JsonObject json = new JsonObject()
                .add("path", path().toString())
                .add("verdict", log.verdict().name())
                .add("closedCleanly", log.closedCleanly())
                .add("firstSequence", log.firstSequence())
                .add("lastSequence", log.lastSequence())
                .add("durableSequence", log.durableSequence())
                .add("events", verified.events())
                .add("eventsByType", byType)
                .add("keys", verified.keys())
                .add("digest", String.format(Locale.ROOT, "%016x", verified.digest()))
                .add("digestsChecked", verified.digestsChecked())
                .add("droppedBytes", log.droppedBytes())
                .add("segments", segments)
                .add("snapshots", snapshots)
                .add("problemCount", verified.problemCount())
                .add("problems", jsonOf(verified.problems()))
                .add("snapshotProblems", jsonOf(damagedSnapshots(verified)))
                .addStrings("notes", notesOf(verified))
                .add("elapsedMillis", verified.elapsedMillis())
                .add("eventsPerSecond", (long) verified.eventsPerSecond());
        addProblem(json, log);
        return json;
    }

    private static JsonObject json(SnapshotVerificationReport verified) {
        JsonObject json = new JsonObject().add("file", verified.file()).add("damaged", verified.problem() != null);
        SnapshotReport snapshot = verified.snapshot();
        return snapshot == null
                ? json
                : json.add("sequence", snapshot.summary().sequence())
                        .add("keys", snapshot.summary().keys())
                        .add(
                                "digest",
                                String.format(
                                        Locale.ROOT, "%016x", snapshot.summary().digest()))
                        .add("fileBytes", snapshot.fileBytes())
                        .add("agrees", verified.agrees());
    }
}
