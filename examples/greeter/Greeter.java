import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;

/** Greets whom the path names, and says where it runs. */
public final class Greeter {

    private static final int PORT = 8080;

    /** Asked of the kernel, for a pod need not have a name service. */
    private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");

    private Greeter() {}

    /** With {@code --version}, says its runtime and ends; otherwise serves until it is told to end. */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length > 0 && arguments[0].equals("--version")) {
            System.out.println(runtime());
            return;
        }
        HttpServer server = HttpServer.create(new InetSocketAddress(PORT), 0);
        server.createContext("/", Greeter::greet);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
        System.out.println("serving on " + PORT + ", " + runtime());
    }

    private static String runtime() {
        int modules = ModuleLayer.boot().modules().size();
        return "Java " + Runtime.version().feature() + " of " + modules + " modules";
    }

    private static void greet(HttpExchange exchange) throws IOException {
        String name = exchange.getRequestURI().getPath().substring(1);
        String greeting = System.getenv().getOrDefault("GREETING", "Hello");
        String text =
                "%s, %s! This is process %d of %s, %s.\n"
                        .formatted(
                                greeting,
                                name.isEmpty() ? "world" : name,
                                ProcessHandle.current().pid(),
                                Files.readString(HOST_NAME).strip(),
                                runtime());
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
        }
        System.out.println(exchange.getRequestMethod() + " " + exchange.getRequestURI());
    }
}
