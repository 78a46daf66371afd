package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.poro.engine.tools.Restore;
import dev.poro.wal.RestorePoint;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A store that was opened from a backup, or restored, has branched off: a position of the original is right there up to
 * where the branch begins, and lost after that, though the branch has events with the same sequences.
 *
 * @see dev.poro.wal.Branch
 */
@Timeout(60)
class BranchesTest {
    @TempDir
    private Path directory;

    private Path original;
    private Path backup;
    private ChangePosition early;
    private ChangePosition atEnd;
    private ChangePosition afterEnd;
    private ChangePosition late;

    @BeforeEach
    void writeAndBackUp() {
        original = directory.resolve("original.wal");
        backup = directory.resolve("backup.wal");
        try (Poro poro = open(original)) {
            early = set(poro, "a");
            atEnd = set(poro, "b");
            afterEnd = poro.changes().now();
            poro.backup(backup, Progress.NONE);
            set(poro, "c");
            late = set(poro, "d");
        }
    }

    private static Poro open(Path path) {
        return Poro.at(path)
                .sync(SyncPolicy.ALWAYS)
                .memory(1 << 20)
                .changes(Retention.ALL)
                .open();
    }

    /** Returns the position after the change. */
    private static ChangePosition set(Poro poro, String key) {
        try (ChangeFeed feed = poro.changes().fromNow().open()) {
            poro.set(key, "1");
            assertThat(feed.next(Duration.ofSeconds(30))).isNotNull();
            return feed.position();
        }
    }

    private static List<String> keysAfter(Poro poro, ChangePosition position) {
        List<String> keys = new ArrayList<>();
        try (ChangeFeed feed = poro.changes().after(position).open()) {
            for (Change change = feed.next(Duration.ZERO); change != null; change = feed.next(Duration.ZERO)) {
                keys.add(new String(change.key(), StandardCharsets.UTF_8));
            }
        }
        return keys;
    }

    private static void assertLost(Poro poro, ChangePosition position) {
        assertThatThrownBy(() -> poro.changes().after(position))
                .isInstanceOfSatisfying(
                        PositionLostException.class,
                        lost -> assertThat(lost.latest()).isEqualTo(poro.sequence()))
                .hasMessageContaining("of another log");
    }

    /** In the branch, x, y and z follow a and b; in the original, c and d. */
    private void assertBranchesOffAfterB(Path path, Consumer<ChangePosition> ownPosition) {
        try (Poro poro = open(path)) {
            set(poro, "x");
            ChangePosition own = set(poro, "y");
            set(poro, "z");
            assertThat(poro.sequence()).isGreaterThan(late.sequence());
            assertThat(keysAfter(poro, early)).containsExactly("b", "x", "y", "z");
            assertThat(keysAfter(poro, atEnd)).containsExactly("x", "y", "z");
            assertThat(keysAfter(poro, afterEnd)).containsExactly("x", "y", "z");
            assertLost(poro, late);
            assertThat(keysAfter(poro, own)).containsExactly("z");
            assertThat(poro.changes().branch(atEnd.sequence())).isZero();
            assertThat(poro.changes().branch(own.sequence())).isPositive();
            assertThatThrownBy(() -> poro.changes().after(late.sequence(), late.index(), 0))
                    .isInstanceOf(PositionLostException.class);
            ownPosition.accept(own);
        }
    }

    @Test
    void aBackupThatIsOpenedBranchesOff() {
        assertBranchesOffAfterB(backup, own -> {
            try (Poro poro = open(original)) {
                assertThat(keysAfter(poro, early)).containsExactly("b", "c", "d");
                assertThat(keysAfter(poro, late)).isEmpty();
                assertLost(poro, own);
                assertThat(poro.changes().branch(late.sequence())).isZero();
            }
        });
        try (Poro poro = open(backup)) {
            assertThat(keysAfter(poro, atEnd)).containsExactly("x", "y", "z");
            assertLost(poro, late);
        }
    }

    @Test
    void aRestoredStoreBranchesOff() {
        Path restored = directory.resolve("restored.wal");
        Restore.run(original, restored, RestorePoint.ofSequence(atEnd.sequence()), false, Progress.NONE);
        assertBranchesOffAfterB(restored, own -> {});
    }

    /** A backup of a branch is one of the branch, and what comes after it is again another one. */
    @Test
    void aBackupOfABranchBranchesOffTheBranch() {
        Path second = directory.resolve("second.wal");
        List<ChangePosition> ofBranch = new ArrayList<>();
        try (Poro poro = open(backup)) {
            ofBranch.add(set(poro, "x"));
            poro.backup(second, Progress.NONE);
            ofBranch.add(set(poro, "y"));
        }
        try (Poro poro = open(second)) {
            set(poro, "v");
            set(poro, "w");
            set(poro, "w");
            assertThat(keysAfter(poro, ofBranch.get(0))).containsExactly("v", "w", "w");
            assertLost(poro, ofBranch.get(1));
            assertLost(poro, late);
            int first = poro.changes().branch(ofBranch.get(0).sequence());
            assertThat(first).isPositive();
            assertThat(poro.changes().branch(ofBranch.get(1).sequence()))
                    .isPositive()
                    .isNotEqualTo(first);
        }
    }

    /** What the restored store has is all of the original, and no event of the branch is in it. */
    @Test
    void aBranchThatIsRestoredToBeforeItsBeginBranchesOffTheOriginal() {
        List<ChangePosition> ofBranch = new ArrayList<>();
        try (Poro poro = open(backup)) {
            ofBranch.add(set(poro, "x"));
            ofBranch.add(set(poro, "y"));
        }
        Path restored = directory.resolve("restored.wal");
        Restore.run(backup, restored, RestorePoint.ofSequence(atEnd.sequence()), false, Progress.NONE);
        try (Poro poro = open(restored)) {
            set(poro, "v");
            set(poro, "w");
            set(poro, "w");
            assertThat(keysAfter(poro, early)).containsExactly("b", "v", "w", "w");
            assertThat(keysAfter(poro, atEnd)).containsExactly("v", "w", "w");
            assertLost(poro, late);
            ofBranch.forEach(position -> assertLost(poro, position));
        }
    }

    /** Whoever has not opened it for writing reads the same from it as from the original. */
    @Test
    void aBackupThatIsOnlyReadIsNoBranch() {
        ReadOnlyStore.open(backup, Progress.NONE).close();
        Path second = directory.resolve("second.wal");
        dev.poro.engine.tools.Backup.run(backup, second, Progress.NONE);
        assertBranchesOffAfterB(second, own -> {});
    }
}
