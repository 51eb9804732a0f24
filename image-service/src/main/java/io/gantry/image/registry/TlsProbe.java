package io.gantry.image.registry;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;

/**
 * Finds out whether a loopback port speaks TLS. The HTTP client cannot: a server that awaits the
 * line end of a plain request leaves it waiting for as long as an answer may take.
 */
final class TlsProbe {

    private static final int TIMEOUT_MILLIS = 1000;

    private TlsProbe() {}

    /**
     * Shakes hands and hangs up.
     *
     * @throws SSLException when something listens that does not speak TLS, or not within a second
     * @throws IOException when nothing listens
     */
    static void check(URI url) throws IOException {
        String host = url.getHost();
        int port = url.getPort() < 0 ? 443 : url.getPort();
        try (Socket plain = new Socket()) {
            plain.connect(new InetSocketAddress(InetAddress.getByName(host), port), TIMEOUT_MILLIS);
            plain.setSoTimeout(TIMEOUT_MILLIS);
            try (SSLSocket socket =
                    (SSLSocket)
                            TlsContexts.create(TlsSettings.UNVERIFIED)
                                    .getSocketFactory()
                                    .createSocket(plain, host, port, true)) {
                socket.startHandshake();
            }
        } catch (SocketTimeoutException e) {
            throw new SSLException(url.getRawAuthority() + " does not speak TLS", e);
        }
    }
}
