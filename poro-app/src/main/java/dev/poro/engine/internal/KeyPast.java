package dev.poro.engine.internal;

import dev.poro.events.ChangeKind;
import dev.poro.wal.ChangeSearch;
import dev.poro.wal.ChangesReleasedException;
import dev.poro.wal.KeptChange;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What a change log knows of the past of one key. */
public final class KeyPast {
    private final ChangeSearch search;
    private final long base;
    private final byte[] key;

    /** @param base all changes of events after this sequence are kept */
    public KeyPast(ChangeSearch search, long base, byte[] key) {
        this.search = search;
        this.base = base;
        this.key = key;
    }

    /**
     * The last changes of the key, newest first. A CLEARED is one of them if the key was present.
     *
     * @param upTo the sequence of the newest event that is wanted
     */
    public List<KeptChange> history(long upTo, int limit) throws IOException {
        List<KeptChange> found = new ArrayList<>();
        // Of those that cleared everything, those count that the key was present for.
        List<KeptChange> cleared = new ArrayList<>();
        search.newestFirst(key, upTo, change -> {
            if (change.kind() == ChangeKind.CLEARED) {
                cleared.clear();
                cleared.add(change);
                return true;
            }
            if (!cleared.isEmpty() && isPresentAt(cleared.get(0).timestamp(), change)) {
                found.add(cleared.get(0));
            }
            cleared.clear();
            if (found.size() < limit) {
                found.add(change);
            }
            return found.size() < limit;
        });
        if (!cleared.isEmpty() && wasThereAtBase(cleared.get(0))) {
            found.add(cleared.get(0));
        }
        return found;
    }

    /** Whether there was an entry when it was cleared, though no change before that is kept. */
    private boolean wasThereAtBase(KeptChange clear) throws IOException {
        try {
            KeptChange then = atBase(clear.sequence() - 1);
            return then != null && isPresentAt(clear.timestamp(), then);
        } catch (ChangesReleasedException noSnapshot) {
            return false; // this is as far back as it goes
        }
    }

    /**
     * What the last event up to a sequence that changed the key did; or the entry of a snapshot, as a SET whose log
     * time is that of the snapshot.
     *
     * @return {@code null} if no event up to there has changed the key
     * @throws ChangesReleasedException if that is no longer known
     */
    public KeptChange lastUpTo(long sequence) throws IOException {
        List<KeptChange> found = new ArrayList<>();
        if (sequence > base) {
            search.newestFirst(key, sequence, change -> {
                found.add(change);
                return false;
            });
        }
        return found.isEmpty() ? atBase(sequence) : found.get(0);
    }

    private KeptChange atBase(long sequence) throws IOException {
        if (base == 0 && sequence >= 0) {
            return null; // the change log begins with the first event
        }
        return search.inSnapshot(key, base, sequence);
    }

    /** Whether the key is present after a change of it, at a log time. */
    public static boolean isPresentAt(long time, KeptChange last) {
        return last.kind() == ChangeKind.SET && (last.expiry() < 0 || last.expiry() > time);
    }
}
