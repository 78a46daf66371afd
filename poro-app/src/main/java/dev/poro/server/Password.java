package dev.poro.server;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * A password, of which only the SHA-256 digest is kept. A comparison takes as long for a wrong password as for the
 * right one, whatever they have in common: it compares digests, of equal length, and all their bytes. Immutable.
 */
final class Password {
    private final byte[] digest;

    /** @param password 1 byte or more; it is not kept */
    Password(byte[] password) {
        if (password.length == 0) {
            throw new IllegalArgumentException("the password is empty");
        }
        digest = digestOf(password);
    }

    boolean is(byte[] given) {
        return MessageDigest.isEqual(digest, digestOf(given));
    }

    /** Whether a user name is that of the one user that there is. */
    static boolean isDefaultUser(byte[] user) {
        return MessageDigest.isEqual(user, "default".getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] digestOf(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }
}
