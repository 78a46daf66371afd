package dev.poro.process.harness;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file system that is there until it is closed. */
public final class Mount implements AutoCloseable {
    private final Path point;
    private final String[] options;
    private String loopDevice;

    private Mount(Path point, String... options) {
        this.point = point;
        this.options = options;
    }

    /** A file system in memory of so many bytes. */
    public static Mount tmpfs(Path point, long bytes) throws IOException {
        return of(point, "-t", "tmpfs", "-o", "size=" + bytes, "tmpfs");
    }

    /** One in memory of a type that Poro does not map: it writes its frames by calls. */
    public static Mount unmapped(Path point) throws IOException {
        return of(point, "-t", "ramfs", "ramfs");
    }

    /** The directory itself, which nobody can write to from now on. */
    public static Mount readOnly(Path directory) throws IOException {
        Mount bound = of(directory, "--bind", directory.toString());
        Machine.run("mount", "-o", "remount,ro,bind", directory);
        return bound;
    }

    /** A new ext4 on a loop device. */
    public static Mount ext4(Path point, Path image, int bytes) throws IOException {
        Machine.requireRoot();
        Machine.requireTools("mkfs.ext4", "losetup");
        Machine.run("fallocate", "-l", bytes, image);
        Machine.run("mkfs.ext4", "-qF", image);
        String device;
        try {
            device = Machine.run("losetup", "-f", "--show", image);
        } catch (IOException e) {
            assumeTrue(false, "needs a loop device: " + e.getMessage());
            throw e;
        }
        try {
            Mount mount = of(point, device);
            mount.loopDevice = device;
            return mount;
        } catch (IOException | RuntimeException e) {
            Machine.run("losetup", "-d", device);
            throw e;
        }
    }

    private static Mount of(Path point, String... options) throws IOException {
        Machine.requireRoot();
        Files.createDirectories(point);
        Mount mount = new Mount(point, options);
        try {
            mount.mount();
        } catch (IOException e) {
            assumeTrue(false, "needs to mount: " + e.getMessage());
        }
        return mount;
    }

    public Path point() {
        return point;
    }

    private void mount() throws IOException {
        Object[] command = new Object[options.length + 2];
        command[0] = "mount";
        System.arraycopy(options, 0, command, 1, options.length);
        command[command.length - 1] = point;
        Machine.run(command);
    }

    /** Takes it away and puts it back, with what the device holds. Nobody has a file open. */
    public void remount() throws IOException {
        Machine.run("umount", point);
        mount();
    }

    /** Cuts an ext4 off from its device, as a power cut would: nothing gets there any more. */
    public void cutPower() throws IOException {
        // EXT4_IOC_SHUTDOWN without flushing the journal. Java has no ioctl.
        Machine.run(
                "perl",
                "-e",
                "my $how = pack('I', 2); open(my $d, '<', $ARGV[0]) or die $!; ioctl($d, 0x8004587d, $how) or die $!",
                point);
    }

    @Override
    public void close() throws IOException {
        try {
            Machine.run("umount", point);
        } catch (IOException e) {
            Machine.run("umount", "-l", point);
        } finally {
            if (loopDevice != null) {
                Machine.run("losetup", "-d", loopDevice);
            }
        }
    }
}
