package io.gantry.image.registry;

import io.gantry.base.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Access tokens that still hold, the least used forgotten first. Thread-safe. */
final class TokenCache {

    private static final int MAX_TOKENS = 256;

    private final Clock clock;
    private final Map<TokenRealm.Wanted, TokenRealm.Token> tokens =
            new LinkedHashMap<>(16, 0.75f, true);

    TokenCache(Clock clock) {
        this.clock = clock;
    }

    synchronized Optional<TokenRealm.Token> find(TokenRealm.Wanted wanted) {
        TokenRealm.Token token = tokens.get(wanted);
        if (token == null || !clock.now().isBefore(token.renewAt())) {
            tokens.remove(wanted);
            return Optional.empty();
        }
        return Optional.of(token);
    }

    synchronized void put(TokenRealm.Wanted wanted, TokenRealm.Token token) {
        tokens.put(wanted, token);
        if (tokens.size() > MAX_TOKENS) {
            tokens.remove(tokens.keySet().iterator().next());
        }
    }
}
