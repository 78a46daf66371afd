package dev.poro.wal;

import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageException;
import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A log directory that shows every file under its canonical name. An early Poro wrote the numbers of segments and
 * snapshots in the digits of the locale; these files appear under the names of today. {@link #adopt} renames them;
 * until then nothing is written. As thread-safe as the storage, except for {@link #adopt}.
 */
final class CanonicalNames extends ForwardingStorage {
    /** Actual names by canonical names, where the two differ. */
    private final Map<String, String> actualNames;

    private CanonicalNames(Storage storage, Map<String, String> actualNames) {
        super(storage);
        this.actualNames = actualNames;
    }

    /**
     * Checks the names in a directory.
     *
     * @return the storage itself if all names are canonical
     * @throws LogException if two files have the same number, or a file has a number that no segment or snapshot can
     *     have: it is then unclear which files are the log
     */
    static Storage of(Storage storage) throws IOException {
        Map<String, String> seen = new HashMap<>();
        Map<String, String> actualNames = new HashMap<>();
        List<String> names = new ArrayList<>(storage.list());
        names.sort(null);
        for (String name : names) {
            String canonical = canonicalOf(name);
            String other = seen.put(canonical, name);
            if (other != null) {
                throw new LogException(storage.describe(name) + " and " + storage.describe(other)
                        + " have the same number, in different digits: two logs are in one directory, or one was"
                        + " continued without files that an earlier Poro could not see. Move the files with the one"
                        + " kind of digits to a directory of their own; then each of the two opens.");
            }
            if (!canonical.equals(name)) {
                actualNames.put(canonical, name);
            } else if (NumberedName.isLikely(name) && !isOfLog(name)) {
                throw new LogException(storage.describe(name) + " is named like a file of a log, but no segment and no"
                        + " snapshot has such a number. Give it its name, or move it elsewhere.");
            }
        }
        return actualNames.isEmpty() ? storage : new CanonicalNames(storage, actualNames);
    }

    /** The canonical name of a file: its own, unless it is a segment or snapshot with other digits. */
    static String canonicalOf(String name) {
        String ascii = NumberedName.withAsciiDigits(name);
        return isOfLog(ascii) ? ascii : name;
    }

    private static boolean isOfLog(String name) {
        return SegmentDescriptor.isSegmentName(name) || SnapshotDescriptor.isSnapshotName(name);
    }

    /** Renames the files to their canonical names, durably. To be called before the log is written to. */
    static void adopt(Storage storage) throws IOException {
        if (storage instanceof CanonicalNames names) {
            names.adopt();
        }
    }

    private void adopt() throws IOException {
        for (Map.Entry<String, String> name : actualNames.entrySet()) {
            storage.rename(name.getValue(), name.getKey());
        }
        storage.forceDirectory();
        actualNames.clear();
    }

    private String actual(String name) {
        return actualNames.getOrDefault(name, name);
    }

    @Override
    public List<String> list() throws StorageException {
        List<String> names = new ArrayList<>();
        for (String name : storage.list()) {
            names.add(canonicalOf(name));
        }
        return names;
    }

    @Override
    public StorageFile open(String name) throws StorageException {
        return storage.open(actual(name));
    }

    @Override
    public StorageFile openReadOnly(String name) throws StorageException {
        return storage.openReadOnly(actual(name));
    }

    @Override
    public void rename(String from, String to) throws StorageException {
        storage.rename(actual(from), to);
    }

    @Override
    public void replace(String from, String to) throws StorageException {
        storage.replace(actual(from), to);
    }

    @Override
    public void delete(String name) throws StorageException {
        storage.delete(actual(name));
    }

    @Override
    public String describe(String name) {
        return storage.describe(actual(name));
    }
}
