package dev.poro.wal.simulated;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;

/** A path of a {@link SimulatedFileSystem}. What there is to know of names, the system's own paths know. */
final class SimulatedPath implements Path {
    private final SimulatedFileSystem fileSystem;
    private final Path names;

    SimulatedPath(SimulatedFileSystem fileSystem, Path names) {
        this.fileSystem = fileSystem;
        this.names = names;
    }

    private SimulatedPath of(Path others) {
        return others == null ? null : new SimulatedPath(fileSystem, others);
    }

    static SimulatedPath of(Object path) {
        if (path instanceof SimulatedPath simulated) {
            return simulated;
        }
        throw new ProviderMismatchException(String.valueOf(path));
    }

    @Override
    public FileSystem getFileSystem() {
        return fileSystem;
    }

    @Override
    public boolean isAbsolute() {
        return names.isAbsolute();
    }

    @Override
    public Path getRoot() {
        return of(names.getRoot());
    }

    @Override
    public Path getFileName() {
        return of(names.getFileName());
    }

    @Override
    public Path getParent() {
        return of(names.getParent());
    }

    @Override
    public int getNameCount() {
        return names.getNameCount();
    }

    @Override
    public Path getName(int index) {
        return of(names.getName(index));
    }

    @Override
    public Path subpath(int beginIndex, int endIndex) {
        return of(names.subpath(beginIndex, endIndex));
    }

    @Override
    public boolean startsWith(Path other) {
        return other instanceof SimulatedPath simulated && names.startsWith(simulated.names);
    }

    @Override
    public boolean endsWith(Path other) {
        return other instanceof SimulatedPath simulated && names.endsWith(simulated.names);
    }

    @Override
    public Path normalize() {
        return of(names.normalize());
    }

    @Override
    public Path resolve(Path other) {
        return of(names.resolve(of((Object) other).names));
    }

    @Override
    public Path relativize(Path other) {
        return of(names.relativize(of((Object) other).names));
    }

    @Override
    public URI toUri() {
        return URI.create("simulated:" + names.toUri().getRawPath());
    }

    @Override
    public Path toAbsolutePath() {
        return isAbsolute() ? this : of(Path.of("/").resolve(names));
    }

    @Override
    public Path toRealPath(LinkOption... options) throws IOException {
        Path real = toAbsolutePath().normalize();
        if (!fileSystem.isThere(real)) {
            throw new NoSuchFileException(toString());
        }
        return real;
    }

    @Override
    public WatchKey register(WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int compareTo(Path other) {
        return names.compareTo(of((Object) other).names);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SimulatedPath path && path.fileSystem == fileSystem && path.names.equals(names);
    }

    @Override
    public int hashCode() {
        return names.hashCode();
    }

    @Override
    public String toString() {
        return names.toString();
    }
}
