package io.gantry.cri.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.base.error.AlreadyExistsException;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.DataLossException;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InternalException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.NotFoundException;
import io.gantry.base.error.PermissionDeniedException;
import io.gantry.base.error.ResourceExhaustedException;
import io.gantry.base.error.ServiceException;
import io.gantry.base.error.UnavailableException;
import io.gantry.base.error.UnimplementedException;
import io.gantry.base.error.UnknownException;
import io.grpc.Status;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class GrpcStatusMapperTest {

    static Stream<Arguments> categories() {
        return Stream.of(
                Arguments.of(new AlreadyExistsException("x"), Status.Code.ALREADY_EXISTS),
                Arguments.of(new CancelledException("x"), Status.Code.CANCELLED),
                Arguments.of(new DataLossException("x"), Status.Code.DATA_LOSS),
                Arguments.of(new DeadlineExceededException("x"), Status.Code.DEADLINE_EXCEEDED),
                Arguments.of(new FailedPreconditionException("x"), Status.Code.FAILED_PRECONDITION),
                Arguments.of(new InternalException("x"), Status.Code.INTERNAL),
                Arguments.of(new InvalidArgumentException("x"), Status.Code.INVALID_ARGUMENT),
                Arguments.of(new NotFoundException("x"), Status.Code.NOT_FOUND),
                Arguments.of(new PermissionDeniedException("x"), Status.Code.PERMISSION_DENIED),
                Arguments.of(new ResourceExhaustedException("x"), Status.Code.RESOURCE_EXHAUSTED),
                Arguments.of(new UnavailableException("x"), Status.Code.UNAVAILABLE),
                Arguments.of(new UnimplementedException("x"), Status.Code.UNIMPLEMENTED),
                Arguments.of(new UnknownException("x"), Status.Code.UNKNOWN));
    }

    @ParameterizedTest
    @MethodSource("categories")
    void eachCategoryHasItsCode(ServiceException failure, Status.Code code) {
        Status status = GrpcStatusMapper.toStatus(failure);

        assertThat(status.getCode()).isEqualTo(code);
        assertThat(status.getDescription()).isEqualTo("x");
        assertThat(status.getCause()).isSameAs(failure);
    }

    @Test
    void aDescriptionFitsIntoTheHeadersThatClientsTake() {
        String description =
                Objects.requireNonNull(
                        GrpcStatusMapper.toStatus(
                                        new InvalidArgumentException("\u20ac".repeat(100_000)))
                                .getDescription());

        assertThat(description).startsWith("\u20ac\u20ac").endsWith(" (100000 characters)");
        // Percent-encoded: three characters for each byte.
        assertThat(3 * description.getBytes(StandardCharsets.UTF_8).length).isLessThan(8000);
    }

    @Test
    void theTableAboveHasEveryCategory() {
        Set<Object> inTable =
                categories().map(row -> row.get()[0].getClass()).collect(Collectors.toSet());

        assertThat(inTable)
                .isEqualTo(
                        Set.<Object>of((Object[]) ServiceException.class.getPermittedSubclasses()));
    }

    @Test
    void aSentinelStaysInFrontAndUnknown() {
        Status status =
                GrpcStatusMapper.toStatus(
                        new UnknownException("RegistryUnavailable: connection refused"));

        assertThat(status.getCode()).isEqualTo(Status.Code.UNKNOWN);
        assertThat(status.getDescription()).startsWith("RegistryUnavailable");
    }

    @Test
    void whatNobodyForesawGetsAnIdAndKeepsItsSecret() {
        Throwable secret = new IllegalStateException("password is hunter2");
        Status status = GrpcStatusMapper.toStatus(secret);

        assertThat(status.getCode()).isEqualTo(Status.Code.INTERNAL);
        assertThat(status.getDescription())
                .matches("internal error [0-9a-f]{12}: the daemon's log says more");
        assertThat(status.getCause()).isSameAs(secret);
    }

    @Test
    void anInterruptedCallIsCancelled() {
        assertThat(GrpcStatusMapper.toStatus(new InterruptedException()).getCode())
                .isEqualTo(Status.Code.CANCELLED);
    }
}
