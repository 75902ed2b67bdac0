//! Codes that Meta publishes, by the page that lists them, for the test that looks for each in the table.

/// What may answer a post, a question or a status: of pages seen in November 2026, and of lists that point to them.
pub(super) const PUBLISHED: &[(&str, &[i64])] = &[
    ("whatsapp/support/error-codes: authorization", &[0, 3, 10, 190, 200, 210, 219, 275, 294, 299]),
    ("whatsapp/support/error-codes: integrity", &[368, 130_497, 131_031]),
    ("whatsapp/support/error-codes: throttling", &[4, 80_007, 80_008, 130_429, 131_048, 131_056, 131_064, 133_016]),
    (
        "whatsapp/support/error-codes: other",
        &[
            1, 2, 33, 100, 130_472, 131_000, 131_005, 131_008, 131_009, 131_016, 131_021, 131_026, 131_030, 131_037,
            131_042, 131_044, 131_045, 131_047, 131_049, 131_050, 131_051, 131_052, 131_053, 131_055, 131_057, 131_060,
            131_062, 131_063, 135_000, 137_000,
        ],
    ),
    (
        "whatsapp/support/error-codes: templates and forms",
        &[
            132_000, 132_001, 132_005, 132_007, 132_008, 132_012, 132_015, 132_016, 132_018, 132_068, 132_069, 134_100,
            134_101, 134_102, 2_388_012, 2_388_019, 2_388_040, 2_388_047, 2_388_072, 2_388_073, 2_388_091, 2_388_093,
            2_388_103, 2_388_293, 2_388_299, 2_494_010, 2_494_100, 2_494_102,
        ],
    ),
    (
        "whatsapp/support/error-codes: registration and synchronization",
        &[
            133_000, 133_004, 133_005, 133_006, 133_008, 133_009, 133_010, 133_015, 1_752_041, 2_388_001, 2_593_107,
            2_593_108,
        ],
    ),
    ("whatsapp/support/error-codes: payments and calls", &[134_011, 138_000, 138_006, 138_012, 138_018, 139_000]),
    (
        "whatsapp/groups/error-codes",
        &[131_020, 131_041, 131_059, 131_201, 131_202, 131_204, 131_207, 131_208, 131_209, 131_210, 131_211, 131_212],
    ),
    ("graph-api/guides/error-handling and rate-limiting", &[17, 32, 102, 341, 506, 613, 80_001, 80_014]),
    (
        "business messaging OpenAPI description v23.0: examples of answers and statuses",
        &[1, 2, 4, 10, 17, 100, 104, 190, 200, 400, 403, 613, 803, 80_007, 131_051, 132_000],
    ),
];
