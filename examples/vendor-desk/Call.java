import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One call with the JDK alone: order it, look at it, say what came of it. No grant, no signature: numbra-vendor makes both.
 *
 * <pre>
 * export NUMBRA_DESK=http://127.0.0.1:8427 NUMBRA_SECRET_FILE=vendor.key.secret NUMBRA_CAMPAIGN=c-1
 * java Call.java nd1_… order-1
 * </pre>
 */
public final class Call {
    private static final String DESK = System.getenv("NUMBRA_DESK");
    private static final String CAMPAIGN = System.getenv("NUMBRA_CAMPAIGN");

    private final HttpClient http =
            // Never through a proxy of the surroundings: the program is on this machine.
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).proxy(ProxySelector.of(null)).build();
    private final String secret;

    private Call(String secret) {
        this.secret = secret;
    }

    public static void main(String[] arguments) throws Exception {
        Call desk = new Call(Files.readString(Path.of(System.getenv("NUMBRA_SECRET_FILE"))).strip());
        String dialToken = arguments[0];
        String order = arguments[1]; // yours, one for each call, kept with it: repeating with it never dials twice

        String placed = desk.ask("POST", "/v1/calls", order, "{\"dial_token\":\"" + dialToken + "\",\"agent\":\"agent-7\"}");
        System.out.println(placed);
        String callId = member(placed, "call_id");
        System.out.println(desk.ask("GET", "/v1/calls/" + callId, null, null));
        System.out.println(desk.ask("POST", "/v1/calls/" + callId + "/outcome", order + "-outcome", "{\"outcome\":\"interested\"}"));
    }

    private String ask(String method, String path, String key, String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(DESK + path))
                .timeout(Duration.ofSeconds(150))
                .header("Authorization", "Bearer " + secret)
                .header("Numbra-Campaign", CAMPAIGN)
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (key != null) request.header("Idempotency-Key", key);
        if (body != null) request.header("Content-Type", "application/json");
        for (int attempt = 1; ; attempt++) {
            HttpResponse<String> answer = http.send(request.build(), BodyHandlers.ofString());
            if (answer.statusCode() / 100 == 2) return answer.body();
            // 503 and 504: later, with the same key. Everything else is an answer.
            boolean later = answer.statusCode() == 503 || answer.statusCode() == 504;
            if (!later || attempt == 3) throw new IllegalStateException("refused: " + member(answer.body(), "type"));
            Thread.sleep(5_000L);
        }
    }

    /** The JDK has no JSON. These answers are flat; in earnest, use a library. */
    private static String member(String json, String name) {
        Matcher match = Pattern.compile('"' + name + "\":\"([^\"]*)\"").matcher(json);
        if (!match.find()) throw new IllegalStateException("no member " + name);
        return match.group(1);
    }
}
