package dev.poro.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** How to connect by TLS. The files are in PEM, as {@code poro serve} takes them. */
final class TlsOptions {
    private static final char[] NO_PASSWORD = {};
    private static final List<String> KEY_TYPES = List.of("RSA", "EC", "EdDSA");
    private static final String BEGIN_KEY = "-----BEGIN PRIVATE KEY-----";
    private static final String END_KEY = "-----END PRIVATE KEY-----";

    @Option(
            names = "--tls",
            description = "Connect by TLS. The server's certificate must be of HOST, and be signed by one that Java"
                    + " trusts, or by that of --tls-ca.")
    private boolean tls;

    @Option(
            names = "--tls-ca",
            paramLabel = "FILE",
            description = "The certificate, in PEM, that has signed that of the server.")
    private Path ca;

    @Option(names = "--tls-cert", paramLabel = "FILE", description = "The certificate to show to the server, in PEM.")
    private Path certificate;

    @Option(names = "--tls-key", paramLabel = "FILE", description = "The private key of it, in PEM (PKCS #8).")
    private Path key;

    /** {@code null} for a plain connection. */
    SSLContext context(CommandLine command) throws IOException {
        if ((certificate == null) != (key == null)) {
            throw new ParameterException(command, "--tls-cert and --tls-key belong together");
        }
        if (!tls) {
            if (ca != null || certificate != null) {
                throw new ParameterException(command, "the files of TLS need --tls");
            }
            return null;
        }
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(
                    certificate == null ? null : keys().getKeyManagers(),
                    ca == null ? null : trusted().getTrustManagers(),
                    null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new ParameterException(command, "the files of TLS: " + e.getMessage());
        }
    }

    private TrustManagerFactory trusted() throws IOException, GeneralSecurityException {
        KeyStore store = emptyStore();
        int count = 0;
        for (Certificate each : certificates(ca)) {
            store.setCertificateEntry("ca" + count++, each);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory;
    }

    private KeyManagerFactory keys() throws IOException, GeneralSecurityException {
        KeyStore store = emptyStore();
        Certificate[] chain = certificates(certificate).toArray(Certificate[]::new);
        store.setKeyEntry("client", privateKey(), NO_PASSWORD, chain);
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, NO_PASSWORD);
        return factory;
    }

    private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        return store;
    }

    private static Collection<? extends Certificate> certificates(Path file)
            throws IOException, GeneralSecurityException {
        try (InputStream in = Files.newInputStream(file)) {
            Collection<? extends Certificate> found =
                    CertificateFactory.getInstance("X.509").generateCertificates(in);
            if (found.isEmpty()) {
                throw new GeneralSecurityException(file + " has no certificate");
            }
            return found;
        }
    }

    private PrivateKey privateKey() throws IOException, GeneralSecurityException {
        String text = Files.readString(key, StandardCharsets.ISO_8859_1);
        int begin = text.indexOf(BEGIN_KEY);
        int end = text.indexOf(END_KEY);
        if (begin < 0 || end < begin) {
            throw new GeneralSecurityException(key + " has no private key in PKCS #8");
        }
        byte[] encoded = Base64.getMimeDecoder().decode(text.substring(begin + BEGIN_KEY.length(), end));
        for (String type : KEY_TYPES) {
            try {
                return KeyFactory.getInstance(type).generatePrivate(new PKCS8EncodedKeySpec(encoded));
            } catch (InvalidKeySpecException e) {
                // Perhaps of another type.
            }
        }
        throw new GeneralSecurityException(key + " has a private key of a type that is not known");
    }
}
