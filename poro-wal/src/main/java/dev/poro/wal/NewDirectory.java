package dev.poro.wal;

import dev.poro.wal.storage.Storage;
import java.io.IOException;

/** Where a new log is made: a directory that has its name only once all is in it that is to be in it, and forced. */
public interface NewDirectory {
    /** The files of the directory, as long as it does not have its name. */
    Storage storage();

    /** Gives the directory its name, for good. All files in it are forced, and so are their names. */
    void publish() throws IOException;
}
