import { z } from 'zod';
import { patternOfTexts } from './text.schema.js';

/**
 * Currency, fund and precious-metal codes of ISO 4217, list one, as published on this day. `Intl` would not do: its list
 * changes with the runtime and includes codes that were withdrawn long ago.
 */
export const ISO_4217_PUBLISHED = '2026-01-01';

const ISO_4217: ReadonlySet<string> = new Set(
  `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW
  CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL
  HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA
  MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD
  RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD
  USN UYI UYU UYW UZS VED VES VND VUV WST XAD XAF XAG XAU XBA XBB XBC XBD XCD XCG XDR XOF XPD XPF XPT XSU XTS XUA XXX
  YER ZAR ZMW ZWG`.split(/\s+/),
);

export const currencySchema = z
  .string()
  .refine((code) => ISO_4217.has(code), 'must be an ISO 4217 currency code, such as EUR')
  .meta({
    description: `An ISO 4217 code from the list of ${ISO_4217_PUBLISHED}.`,
    pattern: patternOfTexts(ISO_4217),
  });
