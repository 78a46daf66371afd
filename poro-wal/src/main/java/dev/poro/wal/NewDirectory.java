package dev.poro.wal;

import dev.poro.wal.storage.Storage;
import java.io.IOException;

/** A directory that a new log is made in. It gets its name only once it is complete and forced. */
public interface NewDirectory {
    /** The files of the directory, until it is published. */
    Storage storage();

    /** Gives the directory its name, durably. All files in it and their names must be forced. */
    void publish() throws IOException;
}
