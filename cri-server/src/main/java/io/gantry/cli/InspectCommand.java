package io.gantry.cli;

import io.gantry.proto.engine.InspectContainerRequest;
import io.gantry.proto.image.InspectRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "inspect", description = "Show everything about containers and images, as JSON.")
final class InspectCommand extends GantrySubcommand {

    private enum Type {
        CONTAINER,
        IMAGE
    }

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            description = "container or image; default: whichever has the name, containers first.")
    private @Nullable Type type;

    @Parameters(arity = "1..*", paramLabel = "NAME")
    private List<String> names = List.of();

    private InspectCommand(GantryCommand root, @Nullable Type type) {
        super(root);
        this.type = type;
    }

    static InspectCommand ofAny(GantryCommand root) {
        return new InspectCommand(root, null);
    }

    static InspectCommand ofImages(GantryCommand root) {
        return new InspectCommand(root, Type.IMAGE);
    }

    @Override
    public Integer call() throws InterruptedException {
        List<String> found = new ArrayList<>();
        int code = forEach(names, name -> found.add(inspect(name).strip()));
        streams().out().println(found.isEmpty() ? "[]" : "[" + String.join(",\n", found) + "]");
        return code;
    }

    private String inspect(String name) {
        if (type == Type.CONTAINER) {
            return container(name);
        }
        if (type == Type.IMAGE) {
            return image(name);
        }
        try {
            return container(name);
        } catch (StatusRuntimeException e) {
            if (e.getStatus().getCode() != Status.Code.NOT_FOUND) {
                throw e;
            }
        }
        try {
            return image(name);
        } catch (StatusRuntimeException e) {
            if (e.getStatus().getCode() != Status.Code.NOT_FOUND) {
                throw e;
            }
            throw Status.NOT_FOUND
                    .withDescription("no container and no image \"" + name + "\"")
                    .asRuntimeException();
        }
    }

    private String container(String name) {
        return engine().inspectContainer(InspectContainerRequest.newBuilder().setId(name).build())
                .getJson();
    }

    private String image(String name) {
        return images().inspect(InspectRequest.newBuilder().setImage(name).build()).getJson();
    }
}
