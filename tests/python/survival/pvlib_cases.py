"""Functions of pvlib on a day in Tucson, on arrays and on single values.

Places, modules and parameters are those of its docstrings and user guide.
"""

import numpy as np
import pandas as pd
from pvlib import (
    albedo,
    atmosphere,
    clearsky,
    iam,
    inverter,
    irradiance,
    pvsystem,
    scaling,
    shading,
    singlediode,
    snow,
    soiling,
    solarposition,
    spa,
    temperature,
    tools,
    tracking,
    transformer,
)
from tests.python.survival.comparing import Case, case

TIMES = pd.date_range("2021-06-21 04:00", "2021-06-21 21:00", freq="60min", tz="Etc/GMT+7")
LATITUDE, LONGITUDE, ALTITUDE = 32.2, -111.0, 700
HOURS = np.arange(len(TIMES))

ZENITH = pd.Series(np.abs(HOURS - 8.4) * 12.0 + 8.8, TIMES)
AZIMUTH = pd.Series(np.linspace(60.0, 300.0, len(TIMES)), TIMES)
COSINE = np.cos(np.radians(ZENITH)).clip(lower=0)
GHI = COSINE**1.15 * 1050
DNI = (COSINE**0.3 * 900).where(COSINE > 0, 0.0)
DHI = (GHI - DNI * COSINE).clip(lower=0) + 5
AIR = pd.Series(25 + 10 * np.sin(HOURS / 5.0), TIMES)
WIND = pd.Series(1.0 + HOURS % 4, TIMES)
AIRMASS = 1 / (COSINE + 0.05)
DNI_EXTRA = pd.Series(1325.0, TIMES)
AOI = ZENITH - 20
RAIN = pd.Series(np.where(HOURS % 7 == 3, 2.5, 0.0), TIMES)
SNOWFALL = pd.Series(np.where(HOURS % 6 == 2, 2.5, 0.0), TIMES)

SAPM_MODULE = {
    **{"A0": 0.928385, "A1": 0.068093, "A2": -0.0157738, "A3": 0.0016606, "A4": -6.93e-05},
    **{"B0": 1, "B1": -0.002438, "B2": 0.0003103, "B3": -1.246e-05, "B4": 2.11e-07, "B5": -1.36e-9},
    **{"C0": 1.01284, "C1": -0.0128398, "C2": 0.279317, "C3": -7.24463, "C4": 0.996446},
    **{"C5": 0.003554, "C6": 1.15535, "C7": -0.155353, "Isco": 5.09115, "Impo": 4.54629},
    **{"Voco": 59.2608, "Vmpo": 48.3156, "Aisc": 0.000397, "Aimp": 0.000181, "Bvoco": -0.21696},
    **{"Mbvoc": 0.0, "Bvmpo": -0.235488, "Mbvmp": 0.0, "N": 1.4032, "Cells_in_Series": 96},
    **{"IXO": 4.97599, "IXXO": 3.18803, "FD": 1},
}
SANDIA_INVERTER = {
    **{"Paco": 250.0, "Pdco": 259.5226905, "Vdco": 40.242603174, "Pso": 1.771614224},
    **{
        "C0": -2.48104842e-05,
        "C1": -9.0149429e-05,
        "C2": 0.000668603,
        "C3": -0.0188880,
        "Pnt": 0.02,
    },
}
ADR_INVERTER = {
    **{"Pnom": 3000.0, "Pacmax": 3000.0, "Vnom": 360.0, "Vmin": 225.0, "Vmax": 500.0, "Pnt": 0.0},
    "ADRCoefficients": [0.01385, 0.0152, 0.00794, 0.00286, -0.01872, -0.01305, 0.0, 0.0, 0.0],
}
DESOTO = {
    **{"alpha_sc": 0.003, "a_ref": 1.5, "I_L_ref": 9.0, "I_o_ref": 1e-10, "R_sh_ref": 300.0},
    "R_s": 0.3,
}
DIODE = {
    **{"photocurrent": 1.0, "saturation_current": 9e-10, "nNsVth": 4.0},
    **{"resistance_series": 4.0, "resistance_shunt": 5000.0},
}
DIODES = {name: value * np.array([1.0, 0.9, 1.1, 2.0]) for name, value in DIODE.items()}


def point(value):
    """The middle of the day as a Python float; anything but a series is itself."""
    return float(value.iloc[8]) if isinstance(value, pd.Series) else value


def array(value):
    """The same without its times."""
    return value.to_numpy() if isinstance(value, pd.Series) else value


def on_all(func, *args, **kwargs) -> list[Case]:
    """A case on series, one on arrays, and one on single values."""
    cases = []
    for label, convert in (("series", lambda value: value), ("arrays", array), ("point", point)):
        named = {name: convert(value) for name, value in kwargs.items()}
        cases.append(case(func, *map(convert, args), label=label, **named))
    return cases


CASES = [
    *on_all(atmosphere.pres2alt, pd.Series(101325.0 - HOURS * 100, TIMES)),
    *on_all(atmosphere.alt2pres, pd.Series(HOURS * 120.0, TIMES)),
    *on_all(atmosphere.get_absolute_airmass, AIRMASS, 93000.0),
    *on_all(atmosphere.get_relative_airmass, ZENITH),
    *on_all(atmosphere.get_relative_airmass, ZENITH, model="pickering2002"),
    *on_all(atmosphere.gueymard94_pw, AIR, WIND * 20),
    *on_all(atmosphere.rh_from_tdew, AIR, AIR - 10),
    *on_all(atmosphere.tdew_from_rh, AIR, WIND * 20),
    *on_all(atmosphere.bird_hulstrom80_aod_bb, WIND / 10, WIND / 15),
    *on_all(atmosphere.kasten96_lt, AIRMASS, WIND, WIND / 12),
    *on_all(atmosphere.angstrom_aod_at_lambda, WIND / 10, 500.0),
    *on_all(atmosphere.windspeed_powerlaw, WIND, 10.0, 2.0, exponent=0.2),
    *on_all(atmosphere.windspeed_powerlaw, WIND, 10.0, 2.0, surface_type="forest"),
    case(irradiance.get_extra_radiation, TIMES, label="times"),
    case(irradiance.get_extra_radiation, 172, label="day"),
    case(irradiance.get_extra_radiation, np.arange(1, 366), method="asce", label="asce"),
    *on_all(irradiance.aoi_projection, 30, 180, ZENITH, AZIMUTH),
    *on_all(irradiance.aoi, 30, 180, ZENITH, AZIMUTH),
    *on_all(irradiance.beam_component, 30, 180, ZENITH, AZIMUTH, DNI),
    *on_all(irradiance.get_total_irradiance, 30, 180, ZENITH, AZIMUTH, DNI, GHI, DHI),
    *on_all(
        irradiance.get_sky_diffuse,
        *(30, 180, ZENITH, AZIMUTH, DNI, GHI, DHI, DNI_EXTRA),
        model="haydavies",
    ),
    *on_all(irradiance.poa_components, AOI, DNI, DHI, GHI / 20),
    *on_all(irradiance.get_ground_diffuse, 30, GHI, surface_type="grass"),
    *on_all(irradiance.isotropic, 30, DHI),
    *on_all(irradiance.klucher, 30, 180, DHI, GHI, ZENITH, AZIMUTH),
    *on_all(irradiance.haydavies, 30, 180, DHI, DNI, DNI_EXTRA, ZENITH, AZIMUTH),
    *on_all(irradiance.reindl, 30, 180, DHI, DNI, GHI, DNI_EXTRA, ZENITH, AZIMUTH),
    *on_all(irradiance.king, 30, DHI, GHI, ZENITH),
    *on_all(irradiance.perez, 30, 180, DHI, DNI, DNI_EXTRA, ZENITH, AZIMUTH, AIRMASS),
    *on_all(irradiance.perez_driesse, 30, 180, DHI, DNI, DNI_EXTRA, ZENITH, AZIMUTH, AIRMASS),
    *on_all(irradiance.clearsky_index, GHI, GHI * 1.1),
    *on_all(irradiance.clearness_index, GHI, ZENITH, DNI_EXTRA),
    *on_all(irradiance.clearness_index_zenith_independent, COSINE * 0.8, AIRMASS),
    case(irradiance.disc, GHI, ZENITH, TIMES, label="times"),
    case(irradiance.disc, 900.0, 20.0, 172, label="day"),
    case(irradiance.dirint, GHI, ZENITH, TIMES),
    case(irradiance.erbs, GHI, ZENITH, TIMES, label="times"),
    case(irradiance.erbs, GHI.to_numpy(), ZENITH.to_numpy(), 172, label="arrays"),
    case(irradiance.erbs_driesse, GHI, ZENITH, TIMES),
    case(irradiance.orgill_hollands, GHI, ZENITH, TIMES),
    case(irradiance.boland, GHI, ZENITH, TIMES),
    case(irradiance.louche, GHI, ZENITH, TIMES),
    *on_all(irradiance.campbell_norman, ZENITH, 0.7),
    *on_all(irradiance.dni, GHI, DHI, ZENITH),
    case(irradiance.complete_irradiance, ZENITH, ghi=GHI, dhi=DHI),
    *on_all(irradiance.diffuse_par_spitters, ZENITH, COSINE * 0.4),
    *on_all(clearsky.ineichen, ZENITH, AIRMASS, 3.0, altitude=ALTITUDE),
    *on_all(clearsky.haurwitz, ZENITH),
    *on_all(clearsky.simplified_solis, 90 - ZENITH),
    *on_all(clearsky.bird, ZENITH, AIRMASS, 0.15, 0.1, 1.5),
    case(clearsky.detect_clearsky, GHI, GHI * 1.01, TIMES, window_length=180),
    *on_all(iam.ashrae, AOI),
    *on_all(iam.physical, AOI),
    *on_all(iam.physical, AOI, n_ar=1.29),
    *on_all(iam.martin_ruiz, AOI),
    *on_all(iam.martin_ruiz_diffuse, AOI.abs()),
    *on_all(iam.interp, AOI, [0, 30, 60, 90], [1.0, 0.98, 0.9, 0.0]),
    *on_all(iam.sapm, AOI, SAPM_MODULE),
    *on_all(iam.schlick, AOI),
    *on_all(iam.schlick_diffuse, AOI.abs()),
    case(iam.marion_diffuse, "physical", surface_tilt=20, label="point"),
    case(iam.marion_diffuse, "ashrae", [20, 30], b=0.04, label="list"),
    case(iam.marion_integrate, iam.ashrae, 20, "sky"),
    *on_all(inverter.sandia, WIND * 10, GHI / 4, SANDIA_INVERTER),
    case(inverter.sandia_multi, (WIND * 10, WIND * 9), (GHI / 8, GHI / 9), SANDIA_INVERTER),
    *on_all(inverter.adr, WIND * 120, GHI * 3, ADR_INVERTER),
    *on_all(inverter.pvwatts, GHI / 4, 250.0),
    case(inverter.pvwatts_multi, (GHI / 8, GHI / 9), 250.0),
    *on_all(temperature.sapm_cell, GHI, AIR, WIND, a=-3.47, b=-0.0594, deltaT=3),
    *on_all(temperature.sapm_module, GHI, AIR, WIND, a=-3.47, b=-0.0594),
    *on_all(temperature.pvsyst_cell, GHI, AIR, WIND),
    *on_all(temperature.faiman, GHI, AIR, WIND),
    *on_all(temperature.faiman_rad, GHI, AIR, WIND, ir_down=AIR * 12),
    *on_all(temperature.ross, GHI, AIR, noct=45.0),
    case(temperature.fuentes, GHI, AIR, WIND, 45.0),
    *on_all(temperature.noct_sam, GHI, AIR, WIND, 45.0, 0.2),
    case(temperature.prilliman, AIR, WIND),
    *on_all(temperature.generic_linear, GHI, AIR, WIND, 11.04, 5.52, 0.19, 0.88),
    case(solarposition.get_solarposition, TIMES, LATITUDE, LONGITUDE),
    case(solarposition.spa_python, TIMES, LATITUDE, LONGITUDE),
    case(solarposition.ephemeris, TIMES, LATITUDE, LONGITUDE),
    case(solarposition.sun_rise_set_transit_spa, TIMES.normalize(), LATITUDE, LONGITUDE),
    case(solarposition.nrel_earthsun_distance, TIMES),
    case(solarposition.hour_angle, TIMES, LONGITUDE, np.full(len(TIMES), -1.7)),
    *on_all(solarposition.equation_of_time_spencer71, WIND * 90),
    *on_all(solarposition.equation_of_time_pvcdrom, WIND * 90),
    *on_all(solarposition.declination_spencer71, WIND * 90),
    *on_all(solarposition.declination_cooper69, WIND * 90),
    *on_all(
        solarposition.solar_azimuth_analytical, 0.56, AZIMUTH / 60 - 3, 0.4, np.radians(ZENITH)
    ),
    *on_all(solarposition.solar_zenith_analytical, 0.56, AZIMUTH / 60 - 3, 0.4),
    *on_all(shading.masking_angle, AOI.abs(), 0.4, 0.5),
    *on_all(shading.masking_angle_passias, AOI.abs(), 0.4),
    *on_all(shading.sky_diffuse_passias, AOI.abs()),
    *on_all(shading.projected_solar_zenith_angle, ZENITH, AZIMUTH, 0, 180),
    *on_all(shading.shaded_fraction1d, ZENITH, AZIMUTH, 90, 20, collector_width=2, pitch=3),
    *on_all(shading.direct_martinez, GHI, DNI, COSINE / 2, WIND // 2, 3),
    case(tracking.singleaxis, ZENITH, AZIMUTH, label="series"),
    case(tracking.singleaxis, 45.0, 120.0, 10, 180, backtrack=False, label="point"),
    *on_all(tracking.calc_surface_orientation, AOI),
    case(tracking.calc_axis_tilt, 180.0, 10.0, 190.0),
    case(tracking.calc_cross_axis_tilt, 180.0, 10.0, 190.0, 5.0),
    case(scaling.latlon_to_xy, np.array([[35.1, -106.6], [35.2, -106.5]])),
    case(
        scaling.wvm,
        *(np.ones(64) + 0.1 * np.sin(np.arange(64.0)), np.array([[0.0, 0.0], [50, 80.0]]), 5.0),
        dt=1.0,
    ),
    case(soiling.hsu, RAIN, 1.0, 20.0, 2e-5, 4e-5),
    case(soiling.kimber, RAIN),
    case(snow.fully_covered_nrel, SNOWFALL),
    case(snow.coverage_nrel, SNOWFALL, GHI, AIR - 28, 30.0),
    *on_all(snow.dc_loss_nrel, COSINE, 8),
    *on_all(singlediode.estimate_voc, WIND * 2, 1e-10, 1.5),
    case(singlediode.bishop88, np.array([10.0, 15.0, 20.0, 30.0]), **DIODES),
    case(singlediode.bishop88, 15.0, **DIODE, gradients=True, label="gradients"),
    case(singlediode.bishop88_i_from_v, 0.0, **DIODE, label="point"),
    case(singlediode.bishop88_i_from_v, 0.0, **DIODE, method="brentq", label="brentq"),
    case(singlediode.bishop88_v_from_i, np.zeros(4), **DIODES, label="arrays"),
    case(singlediode.bishop88_mpp, **DIODE, label="point"),
    case(singlediode.batzelis, **DIODES),
    *on_all(pvsystem.calcparams_desoto, GHI, AIR + 15, **DESOTO),
    *on_all(pvsystem.calcparams_cec, GHI, AIR + 15, **DESOTO, Adjust=9.0),
    *on_all(
        pvsystem.calcparams_pvsyst,
        *(GHI, AIR + 15, 0.003, 1.05, 0.0, 9.0, 1e-10, 300.0, 1200.0, 0.3, 72),
    ),
    *on_all(pvsystem.sapm, GHI / 1000, AIR + 15, SAPM_MODULE),
    *on_all(pvsystem.sapm_effective_irradiance, DNI, DHI, AIRMASS, AOI, SAPM_MODULE),
    case(pvsystem.singlediode, **DIODES, label="arrays"),
    case(pvsystem.singlediode, **DIODE, method="newton", label="newton"),
    case(pvsystem.max_power_point, **DIODE),
    case(pvsystem.v_from_i, np.linspace(0.0, 0.9, 5), **DIODE),
    case(pvsystem.i_from_v, 12.0, **DIODE),
    case(
        pvsystem.scale_voltage_current_power,
        *(pd.DataFrame({"v_mp": AIR, "v_oc": AIR + 5, "i_mp": WIND, "p_mp": AIR * WIND}), 2, 3),
    ),
    *on_all(pvsystem.pvwatts_dc, GHI, AIR + 15, 250.0, -0.003),
    case(pvsystem.pvwatts_losses),
    case(pvsystem.dc_ohms_from_percent, 38.0, 8.0, 1.5),
    *on_all(pvsystem.dc_ohmic_losses, 0.2, WIND),
    case(pvsystem.combine_loss_factors, TIMES, COSINE / 10, COSINE / 20),
    *on_all(albedo.inland_water_dvoracek, 90 - ZENITH, surface_condition="clear_water_no_waves"),
    *on_all(transformer.simple_efficiency, GHI, 0.002, 0.01, 1000.0),
    *on_all(tools.cosd, AOI),
    *on_all(tools.acosd, COSINE),
    case(tools.get_pandas_index, 1, GHI, None),
    *on_all(tools.normalize_max2one, COSINE),
    *on_all(spa.julian_day, WIND * 1e9),
    *on_all(spa.heliocentric_longitude, WIND / 1000),
    *on_all(spa.geocentric_sun_right_ascension, AZIMUTH, 23.44, WIND / 1e4),
    *on_all(spa.topocentric_azimuth_angle, AZIMUTH),
    case(spa.solar_position, 1.6e9 + HOURS * 3600.0, 32.2, -111.0, 700, 930, 12, 67, 0.5667),
    case(spa.calculate_deltat, 2021, 6, label="point"),
    case(spa.calculate_deltat, np.array([1950, 2021]), np.array([1, 6]), label="arrays"),
]
