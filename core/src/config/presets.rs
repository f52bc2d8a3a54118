//! Kinds of service that we know: each supplies an image and ports, so that a file need not.

/// A kind of service.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// Its name, as `plugin` has it.
    pub name: &'static str,
    /// Other names that mean the same.
    pub aliases: &'static [&'static str],
    /// The image when the file names none.
    pub image: &'static str,
    /// Ports the service listens on.
    pub ports: &'static [u16],
    /// Settings of its own, each with the environment variable of the container that it sets.
    pub settings: &'static [(&'static str, &'static str)],
}

/// All kinds that we know.
pub static PRESETS: &[Preset] = &[
    Preset {
        name: "postgres",
        aliases: &["postgresql"],
        image: "postgres:16-alpine",
        ports: &[5432],
        settings: &[
            ("username", "POSTGRES_USER"),
            ("password", "POSTGRES_PASSWORD"),
            ("database", "POSTGRES_DB"),
        ],
    },
    Preset {
        name: "mysql",
        aliases: &["mariadb"],
        image: "mysql:8.4",
        ports: &[3306],
        settings: &[
            ("username", "MYSQL_USER"),
            ("password", "MYSQL_PASSWORD"),
            ("database", "MYSQL_DATABASE"),
        ],
    },
    Preset {
        name: "mongodb",
        aliases: &["mongo"],
        image: "mongo:7",
        ports: &[27017],
        settings: &[
            ("username", "MONGO_INITDB_ROOT_USERNAME"),
            ("password", "MONGO_INITDB_ROOT_PASSWORD"),
            ("database", "MONGO_INITDB_DATABASE"),
        ],
    },
    Preset {
        name: "redis",
        aliases: &["valkey"],
        image: "redis:7-alpine",
        ports: &[6379],
        settings: &[],
    },
    Preset {
        name: "surrealdb",
        aliases: &["surreal"],
        image: "surrealdb/surrealdb:v2",
        ports: &[8000],
        settings: &[("username", "SURREAL_USER"), ("password", "SURREAL_PASS")],
    },
    Preset {
        name: "nginx",
        aliases: &[],
        image: "nginx:1-alpine",
        ports: &[80],
        settings: &[],
    },
    Preset {
        name: "rabbitmq",
        aliases: &[],
        image: "rabbitmq:4-alpine",
        ports: &[5672],
        settings: &[
            ("username", "RABBITMQ_DEFAULT_USER"),
            ("password", "RABBITMQ_DEFAULT_PASS"),
        ],
    },
    Preset {
        name: "nats",
        aliases: &[],
        image: "nats:2-alpine",
        ports: &[4222],
        settings: &[],
    },
    Preset {
        name: "ollama",
        aliases: &[],
        image: "ollama/ollama:0.5.7",
        ports: &[11434],
        settings: &[],
    },
    Preset {
        name: "jaeger",
        aliases: &[],
        image: "jaegertracing/all-in-one:1.62.0",
        ports: &[16686, 4317, 4318],
        settings: &[],
    },
    Preset {
        name: "otel_collector",
        aliases: &["otel-collector", "opentelemetry_collector"],
        image: "otel/opentelemetry-collector:0.115.1",
        ports: &[4317, 4318],
        settings: &[],
    },
];

/// Names of a plain container.
pub static GENERIC: &[&str] = &["generic_container", "generic", "container"];

/// The kind of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Preset> {
    PRESETS
        .iter()
        .find(|preset| preset.name == name || preset.aliases.contains(&name))
}
