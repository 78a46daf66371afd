package dev.poro.wal.simulated;

import dev.poro.wal.storage.StorageException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.Map;

/** In which words a {@link SimulatedStorage} says why a call has failed: a program must not depend on them. */
public enum SimulatedLanguage {
    /** As the C locale has it. */
    ENGLISH,
    /** As under {@code LANGUAGE=de}. */
    GERMAN,
    /** In none: the exception has no message. */
    NONE;

    private static final Map<String, String> IN_GERMAN = Map.of(
            SimulatedStorage.NO_SPACE, "Auf dem Gerät ist kein Speicherplatz mehr verfügbar",
            SimulatedStorage.NO_QUOTA, "Der zugewiesene Plattenplatz (Quota) ist überschritten",
            SimulatedStorage.FILE_TOO_LARGE, "Die Datei ist zu groß",
            SimulatedStorage.TOO_MANY_FILES, "Zu viele offene Dateien",
            SimulatedStorage.IO_ERROR, "Eingabe-/Ausgabefehler");

    /** What an error is called; {@code null} if this says nothing. */
    String say(String inEnglish) {
        switch (this) {
            case ENGLISH:
                return inEnglish;
            case GERMAN:
                return IN_GERMAN.getOrDefault(inEnglish, inEnglish);
            case NONE:
                return null;
        }
        throw new AssertionError(this);
    }

    /** How an operation on a file fails: with the exception that Java has for it, in these words. */
    StorageException failureOf(SimulatedOperation operation, String file, String inEnglish) {
        return StorageException.of(file, operation.call(), causeOf(operation, file, inEnglish));
    }

    private IOException causeOf(SimulatedOperation operation, String file, String inEnglish) {
        switch (operation.kind()) {
            case LIST, CREATE, OPEN, OPEN_READ_ONLY, RENAME, DELETE:
                return new FileSystemException(file, null, say(inEnglish));
            default:
                return inEnglish.equals(SimulatedStorage.MAP_FAILED)
                        ? new IOException(inEnglish, new OutOfMemoryError(inEnglish))
                        : new IOException(say(inEnglish));
        }
    }
}
