#include "market_table.h"

#include <string.h>

/* Sorted by slug. */
const struct market_row market_table[] = {
    {"7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq", "nvidia-3060",
     "NVIDIA 3060", "PREMIUM", "0.0436", "10", "2026-08-21", false, 12},
    {"62bAk2ppEL2HpotfPZsscSq4CGEfY6VEqD5dQQuTo7JC", "nvidia-3060-community",
     "NVIDIA 3060", "COMMUNITY", "0.0327", "10", "2026-08-21", false, 12},
    {"RXP7JK8MTY4uPJng4UjC9ZJdDDSG6wGr8pvVf3mwgXF", "nvidia-3070",
     "nvidia-3070", "PREMIUM", "0.0727", "10", "before 2026-04-14", true, 8},
    {"7RepDm4Xt9k6qV5oiSHvi8oBoty4Q2tfBGnCYjFLj6vA", "nvidia-3080",
     "nvidia-3080", "PREMIUM", "0.09", "10", "2026-03-29", true, 10},
    {"CA5pMpqkYFKtme7K31pNB1s62X2SdhEv1nN9RdxKCpuQ", "nvidia-3090",
     "nvidia-3090", "PREMIUM", "0.1745", "10", "before 2026-04-14", true, 24},
    {"47LQHZwT7gfVoBDYnRYhsYv6vKk8a1oW3Y3SdHAp1gTr", "nvidia-4060",
     "nvidia-4060", "PREMIUM", "0.0582", "10", "before 2026-04-14", true, 8},
    {"EzuHhkrhmV98HWzREsgLenKj2iHdJgrKmzfL8psP8Aso", "nvidia-4070",
     "nvidia-4070", "PREMIUM", "0.09", "10", "2026-03-29", true, 12},
    {"77wdaAuYVxBW5u2QiqddkAzoBZ5cuKxH9ZCbx5HfFUb2", "nvidia-4080",
     "nvidia-4080", "PREMIUM", "0.1455", "10", "before 2026-04-14", true, 16},
    {"97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf", "nvidia-4090", "RTX 4090",
     "PREMIUM", "0.2909", "10", "2026-07", false, 24},
    {"Dcwz62TisNbWuto6KJM2EGYGVKnHbdZGVGmgLASzsXy8", "nvidia-4090-community",
     "NVIDIA GeForce RTX 4090 D; NVIDIA GeForce RTX 4090", "COMMUNITY",
     "0.218175", "10", "about 2025-12", false, 24},
    {"5eX3kWkrcbwejEc1svbfP4F7NKYjtPDuyU5KnV1hUBKg", "nvidia-5070",
     "nvidia-5070", "PREMIUM", "0.2182", "10", "before 2026-04-14", true, 12},
    {"9HnJacS25TnErsKMYJmKqWeCAMYuwY7gzhz9Eqhp5VE7", "nvidia-5080", "RTX 5080",
     "PREMIUM", "0.1818", "10", "2026-07", false, 16},
    {"6Xt8hgVLLL2PSHC9NtJP8E8oTdA5ZJc95hZEnHcdqKqb", "nvidia-5090", "RTX 5090",
     "PREMIUM", "0.3636", "10", "2026-07", false, 32},
    {"6eMivCx49anWFYwNgg8KNJQfSJYB5nBdif8CK6z52dem", "nvidia-6000-ada",
     "RTX 6000 Ada", "PREMIUM", "0.6364", "10", "2026-07", false, 48},
    {"5ZfPkACuAZgZVF1cobN4CeJdoXn2ze3azwtSv5ah9otV",
     "nvidia-6000-ada-community", "RTX 6000 Ada", "COMMUNITY", "0.4773", "10",
     "2026-08-21", false, 48},
    {"3XGECQon74HQwPJuZjgCwqdQ5Nt3wktZ9fcavcDN9qB2", "nvidia-8x-a5000",
     "Market Enterprise 8xA5000", "PREMIUM", NULL, "10", "2024 to 2025", true,
     24},
    {"37VPcEfrA34vLRygFQd7bWiosBwv3a5jPv4hcXdumytC", "nvidia-8x-h100", "8xH100",
     "OTHER", NULL, "10", "2026-08-21", false, 80},
    {"F3aGGSMb73XHbJbDXVbcXo7iYM9fyevvAZGQfwgrnWtB", "nvidia-a100-40gb",
     "A100 40GB", "PREMIUM", "0.5545", "10", "2026-07", false, 40},
    {"GLJHzqRN9fKGBsvsFzmGnaQGknUtLN1dqaFR8n3YdM22", "nvidia-a100-80gb",
     "A100 80GB", "PREMIUM", "0.8181", "10", "2026-07", false, 80},
    {"BLqSzPzcXMX5gseNXE4Ma45f31Eo6tNFVYoRmPG7kxP2", "nvidia-a40", "nvidia-a40",
     "PREMIUM", "0.3636", "10", "before 2026-04-14", true, 48},
    {"7fnuvPYzfd961iRDPRgMSKLrUf1QjTGnn7viu3P12Zuc", "nvidia-a4000",
     "nvidia-a4000", "PREMIUM", "0.1164", "10", "before 2026-04-14", true, 16},
    {"4uBye3vJ1FAYukDdrvqQ36MZZZxqW3o8utWu8fyomRuN", "nvidia-a5000",
     "nvidia-a5000", "PREMIUM", "0.2909", "10", "before 2026-04-14", true, 24},
    {"EjryZ6XEthz3z7nnLfjXBYafyn7VyHgChfbfM47LfAao", "nvidia-a6000",
     "nvidia-a6000", "PREMIUM", "0.4091", "10", "before 2026-04-14", true, 48},
    {"Crop49jpc7prcgAcS82WbWyGHwbN5GgDym3uFbxxCTZg", "nvidia-h100", "H100",
     "PREMIUM", "1.3636", "10", "2026-07", false, 80},
    {"D9Pv7LthkwSYVJo5iGUPsAiosGwARj7eHTntuWFR1MK2", "nvidia-h100-community",
     "H100", "COMMUNITY", "1.0227", "10", "2026-08-21", false, 80},
    {"3EWVbggirRpDY2npzPDA7k21yzwz5wgwGxVVv6zCnRpa", "nvidia-laptop",
     "Market Laptop", "PREMIUM", NULL, "10", "2024 to 2025", true, 0},
    {"Ekro9NTNqLbnMkN7x7y2rY9AeTkazcHj2PPaTxT1Cogz", "nvidia-pro6000",
     "RTX PRO 6000", "PREMIUM", "0.909", "10", "2026-08-21", false, 96},
};

const size_t market_table_count = sizeof market_table / sizeof market_table[0];

const struct market_row *market_table_by_slug(const char *slug)
{
    for (size_t i = 0; i < market_table_count; i++)
        if (strcmp(market_table[i].slug, slug) == 0)
            return &market_table[i];
    return NULL;
}

const struct market_row *market_table_by_address(const char *address)
{
    for (size_t i = 0; i < market_table_count; i++)
        if (strcmp(market_table[i].address, address) == 0)
            return &market_table[i];
    return NULL;
}
