package dev.poro.wal;

import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageException;
import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.util.regex.Pattern;

/**
 * A file that is deleted as soon as it is made and lives on until it is closed: whatever becomes of the process,
 * nothing is left. A crash between the two leaves an empty file, which the next opening deletes.
 */
final class NamelessFile {
    private static final String PREFIX = "spill-";
    private static final Pattern NAME = Pattern.compile(PREFIX + "[0-9]{1,9}\\.tmp");

    private NamelessFile() {}

    static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    static StorageFile create(Storage storage, int number) throws IOException {
        String name = NumberedName.of(number, 1, SegmentDescriptor.TEMPORARY_SUFFIX);
        return createAs(storage, PREFIX + name);
    }

    private static StorageFile createAs(Storage storage, String name) throws IOException {
        if (storage.list().contains(name)) {
            storage.delete(name); // it could not be deleted when it was made
        }
        StorageFile file = storage.create(name);
        try {
            storage.delete(name);
        } catch (StorageException e) {
            file.close();
            throw e;
        }
        return file;
    }
}
