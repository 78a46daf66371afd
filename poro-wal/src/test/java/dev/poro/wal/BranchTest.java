package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.wal.simulated.SimulatedNewDirectory;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import java.io.IOException;
import java.util.BitSet;
import org.junit.jupiter.api.Test;

/** Whose the changes of a log are, through backups, openings and restores. */
class BranchTest {
    private static final long LOG = 0x1234_5678_9ABC_DEFL;

    @Test
    void aLogThatHasNotBranchedOffOwnsAllOfItsChanges() {
        assertThat(Branch.NONE.ownerOf(LOG, 1)).isEqualTo(LOG);
        assertThat(Branch.NONE.numberOf(1)).isZero();
        assertThat(Branch.NONE.ofBackup().ownerOf(LOG, 1)).isEqualTo(LOG);
    }

    @Test
    void aBranchOwnsWhatComesAfterItsBegin() {
        Branch branch = Branch.NONE.ofBackup().branchOff(5, LOG, 10);

        assertThat(branch.isBackup()).isFalse();
        assertThat(branch.ownerOf(LOG, 10)).isEqualTo(LOG);
        assertThat(branch.ownerOf(LOG, 11)).isEqualTo(5);
        assertThat(branch.numberOf(10)).isZero();
        assertThat(branch.numberOf(11)).isPositive();

        Branch second = branch.branchOff(6, LOG, 20);

        assertThat(second.ownerOf(LOG, 20)).isEqualTo(branch.ownerOf(LOG, 20));
        assertThat(second.numberOf(20)).isEqualTo(branch.numberOf(20));
        assertThat(second.ownerOf(LOG, 21)).isEqualTo(6);
        assertThat(second.numberOf(21)).isPositive().isNotEqualTo(branch.numberOf(21));
    }

    /** As a restore of a branch to a point before its begin: all that it has is of the original. */
    @Test
    void whatBranchesOffBeforeABranchBeganIsABranchOfTheOriginal() {
        Branch branch = Branch.NONE.ofBackup().branchOff(5, LOG, 10);
        for (long last = 9; last <= 10; last++) {
            Branch early = branch.branchOff(6, LOG, last);

            assertThat(early.ownerOf(LOG, last)).isEqualTo(branch.ownerOf(LOG, last));
            assertThat(early.numberOf(last)).isEqualTo(branch.numberOf(last));
            assertThat(early.ownerOf(LOG, last + 1)).isEqualTo(6);
            assertThat(early.branchOff(7, LOG, last - 1).ownerOf(LOG, last - 1)).isEqualTo(LOG);
        }
    }

    @Test
    void eachBranchHasANumber() {
        assertThat(Branch.NONE.branchOff(-1, LOG, 0).numberOf(1)).isPositive();
        assertThat(Branch.NONE.branchOff(1L << Integer.SIZE | 1, LOG, 0).numberOf(1))
                .isPositive();
        assertThat(Branch.NONE.branchOff(Long.MIN_VALUE, LOG, 0).numberOf(1)).isPositive();
    }

    /** The branch is durable before anything is written to it. */
    @Test
    void aBackupThatIsOpenedBranchesOffAtItsEndAndOnce() throws IOException {
        SimulatedStorage source = new SimulatedStorage();
        try (TestLog log = TestLog.open(source, SyncPolicy.ALWAYS)) {
            log.appendMany(20, 100);
            log.closeCleanly();
        }
        SimulatedStorage backup = new SimulatedStorage();
        new LogBackup(source, new SimulatedNewDirectory(backup), new SteppedWorkers(), ReplayProgress.NONE)
                .run(LogVisitor.NONE);
        assertThat(StoreFile.look(backup).branch()).isEqualTo(Branch.NONE.ofBackup());
        long logId = StoreFile.look(backup).store().logId();

        TestLog opened = TestLog.open(backup, SyncPolicy.OS);
        Branch branch =
                StoreFile.look(backup.powerCut(backup.pending(), new BitSet())).branch();
        opened.appendMany(5, 100);
        opened.closeCleanly();

        assertThat(branch.isBackup()).isFalse();
        assertThat(branch.ownerOf(logId, 20)).isEqualTo(logId);
        assertThat(branch.ownerOf(logId, 21)).isNotEqualTo(logId);
        TestLog.open(backup, SyncPolicy.OS).closeCleanly();
        assertThat(StoreFile.look(backup).branch()).isEqualTo(branch);
    }
}
