# Reference numbers for households, panels and partial tables: writes calibration.json beside itself.
# Rscript calibration.R, in this folder, after synthetic.py.
suppressMessages({
  library(survey)
  library(jsonlite)
})
results <- list(versions = list(R = as.character(getRversion()), survey = as.character(packageVersion("survey"))))
record <- function(case, design) {
  means <- svyby(~income, ~origin, design, svymean)
  total <- svytotal(~income, design)
  results[[case]] <<- list(
    weights = unname(weights(design)),
    mean = unname(coef(svymean(~income, design))), mean_se = unname(as.vector(SE(svymean(~income, design)))),
    total = unname(coef(total)), total_se = unname(as.vector(SE(total))),
    by_origin = unname(coef(means)), by_origin_se = unname(as.vector(SE(means)))
  )
}
cal <- function(design, formula, population, ...) calibrate(design, formula, population, epsilon = 1e-13, maxit = 200, ...)

data <- read.csv("synthetic.csv", na.strings = "", stringsAsFactors = TRUE)
margins <- read.csv("synthetic_margins.csv")
counts <- function(name) {
  rows <- margins[margins$margin == name, ]
  setNames(rows$count, rows$level)
}
population <- c(`(Intercept)` = sum(counts("sex")))
for (name in c("sex", "age", "origin")) {
  population <- c(population, setNames(counts(name)[-1], paste0(name, names(counts(name))[-1])))
}
main_effects <- ~ sex + age + origin

# Households of 1, 2, 3 and 4 members, who have the weight of the first one; 16 clusters of households.
position <- seq_len(nrow(data)) - 1
data$household <- (position %/% 10) * 4 + findInterval(position %% 10, c(1, 3, 6))
data$area <- position %/% 40
data$household_weight <- data$weight[match(data$household, data$household)]
households <- svydesign(id = ~household, weights = ~household_weight, data = data)
record("household_raking", cal(households, main_effects, population, calfun = "raking", aggregate.stage = 1))
record("household_linear", cal(households, main_effects, population, calfun = "linear", aggregate.stage = 1))
record("household_logit", cal(households, main_effects, population, calfun = "logit", bounds = c(0.3, 4), aggregate.stage = 1))
record("household_bounded", cal(households, main_effects, population, calfun = "raking", bounds = c(0.5, 2), aggregate.stage = 1))
areas <- svydesign(id = ~ area + household, weights = ~household_weight, data = data)
record("household_in_areas", cal(areas, main_effects, population, calfun = "raking", aggregate.stage = 2))
income <- 1.02 * sum(data$income * data$household_weight) * population[[1]] / sum(data$household_weight)
with_income <- c(population, income = income)
record("household_income", cal(households, ~ sex + age + origin + income, with_income, calfun = "linear", aggregate.stage = 1))
results$income_total <- income

# A panel: two waves of the same 320 persons, each wave calibrated to the population, and to the first wave.
data$person <- position %/% 2
data$time <- factor(position %% 2 + 1)
data$person_weight <- data$weight[match(data$person, data$person)]
panel <- svydesign(id = ~person, weights = ~person_weight, data = data)
waves <- update(panel, time_sex = interaction(time, sex), time_age = interaction(time, age))
within_waves <- function(sex, age) {
  twice <- function(name, values) {
    labels <- as.vector(outer(levels(data$time), names(values), paste, sep = "."))
    setNames(rep(values, each = 2), paste0("time_", name, labels))
  }
  c(twice("sex", sex), twice("age", age)[-1])
}
by_time <- function(case, design) {
  fit <- svyglm(income ~ 0 + time, design)
  results[[case]] <<- list(weights = unname(weights(design)), mean = unname(coef(fit)), covariance = unname(vcov(fit)))
}
by_time("panel", panel)
by_time("panel_raking", cal(waves, ~ 0 + time_sex + time_age, within_waves(counts("sex"), counts("age")), calfun = "raking"))
first <- data[data$time == 1, ]
composition <- function(name) c(tapply(first$person_weight, first[[name]], sum))
by_time("panel_first_wave", cal(waves, ~ 0 + time_sex + time_age, within_waves(composition("sex"), composition("age")), calfun = "raking"))

# Of origin only the count of belgians is known, of origin by sex only two cells.
persons <- svydesign(id = ~psu, strata = ~stratum, weights = ~weight, data = data, nest = TRUE)
known <- population[!grepl("origin", names(population))]
one <- c(known, `I(origin == "belgian")TRUE` = counts("origin")[["belgian"]])
record("partial_raking", cal(persons, ~ sex + age + I(origin == "belgian"), one, calfun = "raking"))
record("partial_linear", cal(persons, ~ sex + age + I(origin == "belgian"), one, calfun = "linear"))
two <- c(known, `I(origin == "belgian" & sex == "f")TRUE` = 31000, `I(origin == "mixed" & sex == "m")TRUE` = 18000)
cells <- ~ sex + age + I(origin == "belgian" & sex == "f") + I(origin == "mixed" & sex == "m")
record("partial_cells", cal(persons, cells, two, calfun = "raking"))

write_json(results, "calibration.json", auto_unbox = TRUE, digits = NA, matrix = "rowmajor")
